import type { LoadDatasetOptions } from '../data/dataset.js'
import {
  type EvaluateOptions,
  type EvaluationResult,
  evaluate as evaluateList,
} from '../evaluate/evaluate.js'
import type { DeviceName } from '../runtime/device.js'
import { MstaError } from '../runtime/errors.js'
import { runProtocol } from './protocol.js'
import type { ProtocolData, ProtocolName, ProtocolRequest } from './request.js'
import type { ProtocolResult } from './result.js'

/** Options of {@link evaluate} with a protocol. */
export interface EvaluateByProtocolOptions
  extends Omit<EvaluateOptions, 'data' | 'onProgress' | 'cacheFrames'>,
    Omit<ProtocolRequest, 'protocol' | 'data' | 'model' | 'adapters' | 'badVideos' | 'views'> {
  protocol: ProtocolName
  /** Files of lists and labels; a single test list may be given as `list`. */
  data: ProtocolData | LoadDatasetOptions
  /** Folder for the result bundle and the runs; see `runProtocol`. */
  out?: string
  resume?: boolean
  /** Told while training and testing: steps, or videos, done and all of them. */
  onProgress?: (progress: { done: number; total: number }) => void
}

/**
 * Accuracy on a list of videos, or, with a `protocol`, by a protocol of the paper.
 *
 * Without a protocol: top-1 and top-5 accuracy; see {@link EvaluateOptions}. With one: of the given adapter, or, when
 * there are training lists and no adapter, of `systems` that are trained for it (see `runProtocol`).
 *
 * @throws MstaError as `runProtocol`; the signal's reason
 */
export function evaluate(options: EvaluateOptions & { protocol?: undefined }): Promise<EvaluationResult>
export function evaluate(options: EvaluateByProtocolOptions): Promise<ProtocolResult>
export function evaluate(
  options: (EvaluateOptions & { protocol?: undefined }) | EvaluateByProtocolOptions,
): Promise<EvaluationResult | ProtocolResult> {
  return options.protocol === undefined ? evaluateList(options) : evaluateByProtocol(options)
}

async function evaluateByProtocol(options: EvaluateByProtocolOptions): Promise<ProtocolResult> {
  const {
    model,
    adapter,
    data,
    signal,
    onProgress,
    out,
    resume,
    template,
    batchSize: _,
    ...request
  } = options
  const { source, dtype, loadedWith, model: own } = model
  const templateChange = template === undefined ? [] : [`template=${template}`]
  return runProtocol(
    {
      ...request,
      changes: [...(request.changes ?? []), ...templateChange],
      model: { source, ...loadedWith, dtype, device: own.device.name as DeviceName },
      data: 'list' in data ? filesOf(data) : data,
    },
    {
      model,
      ...(adapter && { adapter }),
      ...(out !== undefined && { out }),
      ...(resume !== undefined && { resume }),
      signal,
      onProgress,
    },
  )
}

function filesOf({ root, list, labels }: LoadDatasetOptions): ProtocolData {
  const file = typeof labels === 'string' ? labels : labels.file
  if (file === null) throw new MstaError('ERR_ARGUMENT', 'evaluate: a protocol takes labels from a file')
  return { root, test: list, labels: file }
}
