/**
 * Prints, as JSON, a hash of the outputs of cases whose bits must be the same at every run: on the CPU those that could
 * depend on the number of threads, on a GPU all. `--every 5` takes every fifth case of each kernel.
 */
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { specs as adamw } from '../../native/kernels/adamw/adamw.spec.js'
import { specs as attention } from '../../native/kernels/attention/attention.spec.js'
import { specs as combine } from '../../native/kernels/combine/combine.spec.js'
import { specs as cosine } from '../../native/kernels/cosine/cosine.spec.js'
import { specs as gatherRows } from '../../native/kernels/gather_rows/gather_rows.spec.js'
import { specs as layerNorm } from '../../native/kernels/layer_norm/layer_norm.spec.js'
import { specs as linear } from '../../native/kernels/linear/linear.spec.js'
import { specs as adapter, forwardCase } from '../../native/kernels/msta_adapter/msta_adapter.spec.js'
import { specs as patchEmbed } from '../../native/kernels/patch_embed/patch_embed.spec.js'
import { specs as randomNormal } from '../../native/kernels/random_normal/random_normal.spec.js'
import { specs as reduceMean } from '../../native/kernels/reduce_mean/reduce_mean.spec.js'
import { specs as crossEntropy } from '../../native/kernels/softmax_cross_entropy/softmax_cross_entropy.spec.js'
import type { KernelSpec } from '../../native/kernels/spec.js'
import { specs as temporalConv } from '../../native/kernels/temporal_conv/temporal_conv.spec.js'
import { specs as tokenEmbed } from '../../native/kernels/token_embed/token_embed.spec.js'
import { specs as videoTransform } from '../../native/kernels/video_transform/video_transform.spec.js'
import { openTarget } from '../support/target.js'
import { fillCase } from './fill.js'
import { Bench, CPU_ALIGNMENTS, GPU_ALIGNMENTS, isCpuLayout, runCase } from './run-case.js'

const { values } = parseArgs({ options: { every: { type: 'string', default: '1' } } })
const every = Number(values.every)
const target = openTarget()
if (typeof target === 'string') throw new Error(target)

const dropout: KernelSpec = { ...adapter[0]!, cases: [forwardCase([130, 33, 20], { dropout: 0.3 })] }
const threaded = [
  linear,
  attention,
  adapter,
  [dropout],
  temporalConv,
  patchEmbed,
  tokenEmbed,
  layerNorm,
  randomNormal,
]
const others = [adamw, combine, cosine, gatherRows, reduceMean, crossEntropy, videoTransform]
const specs = (target.isGpu ? [...threaded, ...others] : threaded).flat() as KernelSpec[]

const bench = new Bench(target)
const hashes: Record<string, string> = {}
for (const spec of specs) {
  const cases = spec.cases.filter((one) => !target.isGpu || !isCpuLayout(spec, one))
  for (const one of cases.filter((_, i) => i % every === 0)) {
    const hash = createHash('sha256')
    for (const aligned of target.isGpu ? GPU_ALIGNMENTS : CPU_ALIGNMENTS)
      for (const bytes of (await runCase(bench, spec, one, fillCase(spec, one, true), aligned)).values())
        hash.update(bytes)
    hashes[`${spec.kernel} ${one.name}`] = hash.digest('hex')
  }
}
bench.stream.close()
console.log(JSON.stringify(hashes))
