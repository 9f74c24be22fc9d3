/** Prints, as JSON, a hash of the outputs of the cases whose bits must not depend on the number of threads. */
import { createHash } from 'node:crypto'
import { specs as attention } from '../../native/kernels/attention/attention.spec.js'
import { specs as layerNorm } from '../../native/kernels/layer_norm/layer_norm.spec.js'
import { specs as linear } from '../../native/kernels/linear/linear.spec.js'
import { specs as adapter, forwardCase } from '../../native/kernels/msta_adapter/msta_adapter.spec.js'
import { specs as patchEmbed } from '../../native/kernels/patch_embed/patch_embed.spec.js'
import { specs as randomNormal } from '../../native/kernels/random_normal/random_normal.spec.js'
import type { KernelSpec } from '../../native/kernels/spec.js'
import { specs as temporalConv } from '../../native/kernels/temporal_conv/temporal_conv.spec.js'
import { specs as tokenEmbed } from '../../native/kernels/token_embed/token_embed.spec.js'
import { openTarget } from '../support/target.js'
import { fillCase } from './fill.js'
import { Bench, runCase } from './run-case.js'

const dropout: KernelSpec = { ...adapter[0]!, cases: [forwardCase([130, 33, 20], { dropout: 0.3 })] }
const specs = [...linear, ...attention, ...adapter, dropout, ...temporalConv, ...patchEmbed, ...tokenEmbed]
specs.push(...layerNorm, ...randomNormal)

const target = openTarget()
if (typeof target === 'string') throw new Error(target)
const bench = new Bench(target)
const hashes: Record<string, string> = {}
for (const spec of specs) {
  for (const one of spec.cases) {
    const hash = createHash('sha256')
    for (const bytes of (await runCase(bench, spec, one, fillCase(spec, one, true))).values())
      hash.update(bytes)
    hashes[`${spec.kernel} ${one.name}`] = hash.digest('hex')
  }
}
bench.stream.close()
console.log(JSON.stringify(hashes))
