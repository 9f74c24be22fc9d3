import { MSTA } from '../../lib/adapters/msta/msta.js'
import { loadViClip } from '../../lib/models/viclip/checkpoint.js'
import type { ViClipModel } from '../../lib/models/viclip/model.js'
import type { TokenIds } from '../../lib/models/viclip/text-encoder.js'
import type { DType } from '../../lib/runtime/binding.js'
import type { Device } from '../../lib/runtime/device.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Embeddings, Ids, Vector, Video } from '../../lib/tensor/shape.js'
import { type Gradients, Tape } from '../../lib/tensor/tape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { descriptionMeans, type LossInputs, videoTextLoss } from '../../lib/train/loss.js'
import { AdamW } from '../../lib/train/optimizer.js'
import { type ParityCase, under } from './case.js'

/** One quantity of a case: our value beside the reference. */
export interface Quantity {
  name: string
  kind: 'forward' | 'gradient'
  actual: ArrayLike<number>
  expected: ArrayLike<number>
}

/** Computes every quantity a case has a reference for. */
export async function runCase(device: Device, spec: ParityCase, dtype: DType): Promise<Quantity[]> {
  const heads = { videoHeads: spec.config.video.heads, textHeads: spec.config.text.heads }
  const load = () => loadViClip(device, spec.modelFile, { dtype: dtype as 'float32', heads })
  const quantities: Quantity[] = []
  const references = new Map([...spec.tensors].filter(([name]) => !/^(input|msta\.param)\./.test(name)))
  // A name on one side only is a miss: no reference, or nothing of ours to hold against it.
  const compare = (name: string, kind: Quantity['kind'], actual: ArrayLike<number>) => {
    quantities.push({ name, kind, actual, expected: references.get(name)?.data ?? [] })
    references.delete(name)
  }
  const model = await load()
  const inputs = new CaseInputs(device, spec)
  await frozenFeatures(model, inputs, compare)
  await adaptedTraining(model, inputs, compare)
  model.dispose()
  const whole = await load()
  await fullTuning(whole, inputs, compare)
  whole.dispose()
  for (const [name, { data }] of references)
    quantities.push({ name, kind: 'forward', actual: [], expected: data })
  return quantities
}

type Compare = (name: string, kind: Quantity['kind'], actual: ArrayLike<number>) => void

class CaseInputs {
  readonly video: Tensor<Video>
  readonly prompts: TokenIds
  readonly labels: Tensor<Vector>

  constructor(
    readonly device: Device,
    readonly spec: ParityCase,
  ) {
    const video = spec.tensors.get('input.video')!
    this.video = Tensor.from(device, video.data, video.shape as unknown as Video)
    this.prompts = this.ids('input.prompt_ids')
    const labels = spec.tensors.get('input.labels')!
    this.labels = Tensor.from(device, labels.data, labels.shape as unknown as Vector, 'int32')
  }

  ids(name: string): TokenIds {
    const { data, shape } = this.spec.tensors.get(name)!
    return { data, shape: shape as unknown as Ids }
  }
}

async function frozenFeatures(model: ViClipModel, inputs: CaseInputs, compare: Compare): Promise<void> {
  compare('frozen.video_embed', 'forward', await model.encodeVideo(inputs.video).data())
  compare('frozen.text_embed', 'forward', await model.encodeText(inputs.prompts).data())
  for (const kind of ['spatial', 'temporal'])
    compare(`frozen.${kind}_mean`, 'forward', await meanFeatures(model, inputs, kind))
}

async function meanFeatures(model: ViClipModel, inputs: CaseInputs, kind: string): Promise<Float32Array> {
  const ids = inputs.ids(`input.${kind}_ids`)
  const features = await model.encodeText(ids).data()
  const classes = inputs.prompts.shape[0]
  const counts = Array.from({ length: classes }, () => ids.shape[0] / classes)
  return descriptionMeans(features, counts, model.config.embedDim)
}

async function adaptedTraining(model: ViClipModel, inputs: CaseInputs, compare: Compare): Promise<void> {
  const { spec, device } = inputs
  const { layers, ...settings } = spec.adapter
  const msta = MSTA.attach(model, { ...settings, layers: { blocks: layers } })
  const values = [...under(spec.tensors, 'msta.param')].map(
    ([name, { data }]) => [name, data as Float32Array] as const,
  )
  msta.parameters.assign(new Map(values))
  const shape = [inputs.prompts.shape[0], model.config.embedDim] as Embeddings
  const consistency = {
    lambda: spec.lambda,
    spatial: Tensor.from(device, await meanFeatures(model, inputs, 'spatial'), shape),
    temporal: Tensor.from(device, await meanFeatures(model, inputs, 'temporal'), shape),
  }
  const { lr, ...constants } = spec.optimizer
  const optimizer = new AdamW(msta.parameters.entries(), constants)
  for (let step = 0; step < 3; step++) {
    const { gradients, loss, inputs: features } = gradientsOf(inputs, model, msta, consistency)
    if (step === 0) {
      compare('msta.video_embed', 'forward', await features.video.data())
      compare('msta.text_embed', 'forward', await features.classes.data())
      compare('msta.ce', 'forward', await loss.crossEntropy.data())
      compare('msta.cc', 'forward', await loss.consistency!.data())
      compare('msta.loss', 'forward', await loss.total.data())
      for (const [name, tensor] of msta.parameters.entries())
        compare(`msta.grad.${name}`, 'gradient', await gradientData(gradients, tensor))
    }
    optimizer.step(gradients, lr)
    gradients.dispose()
  }
  for (const [name, { data }] of await msta.parameters.values())
    compare(`msta.after3.${name}`, 'gradient', data)
}

async function fullTuning(model: ViClipModel, inputs: CaseInputs, compare: Compare): Promise<void> {
  model.parameters.setTrainable(true)
  const { gradients, loss } = gradientsOf(inputs, model, null, undefined)
  compare('full.ce', 'forward', await loss.crossEntropy.data())
  for (const [name, tensor] of model.parameters.entries())
    compare(`full.grad.${name}`, 'gradient', await gradientData(gradients, tensor))
  gradients.dispose()
}

function gradientsOf(
  { video, prompts, labels }: CaseInputs,
  model: ViClipModel,
  adapter: MSTA | null,
  consistency: LossInputs['consistency'],
) {
  const tape = new Tape()
  const { loss, inputs } = tape.watch(() =>
    scope(() => {
      const features = {
        video: model.encodeVideo(video, adapter),
        classes: model.encodeText(prompts, adapter),
      }
      const loss = videoTextLoss({ ...features, labels, temperature: model.temperature, consistency })
      return { loss, inputs: features }
    }),
  )
  const parameters = adapter ? adapter.parameters : model.parameters
  const gradients: Gradients = tape.backward(
    loss.total,
    [...parameters.entries()].map(([, tensor]) => tensor),
  )
  return { gradients, loss, inputs }
}

// A parameter the loss does not depend on has no gradient: a zero one.
async function gradientData(gradients: Gradients, parameter: Tensor): Promise<Float32Array> {
  return (await gradients.get(parameter)?.data()) ?? new Float32Array(parameter.size)
}
