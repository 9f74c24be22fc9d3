// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

import { adamwNumbers, specs } from '../../native/kernels/adamw/adamw.spec.js'
import type { Values } from '../../native/kernels/spec.js'
import { assertMatches } from './compare.js'
import { uniformNumbers } from './fill.js'
import { addCases, deviceSuite } from './kernel-suite.js'
import { encode } from './storage.js'

const kernels = deviceSuite('kernels: adamw')
addCases(kernels, specs)
const spec = specs[0]!

const STATE = ['parameter', 'first_moment', 'second_moment'] as const

kernels.onDevice('twenty steps in a row, some without a gradient', async (bench) => {
  const count = 39
  const uniform = uniformNumbers(1)
  const random = () => Float64Array.from({ length: count }, () => Math.fround(2 * uniform() - 1))
  let twin: Values = {
    parameter_0: random(),
    first_moment_0: new Float64Array(count),
    second_moment_0: new Float64Array(count),
  }
  const state = STATE.map((name) => bench.place('float32', encode('float32', twin[`${name}_0`]!)))
  for (let step = 1; step <= 20; step++) {
    const grad = step % 7 === 3 ? undefined : random()
    const numbers = adamwNumbers([count], step, { learningRate: 0.02 / step })
    twin = spec.reference(grad ? { ...twin, grad_0: grad } : twin, numbers)
    const placed = grad ? bench.place('float32', encode('float32', grad)) : null
    bench.run('adamw', Object.values(numbers), [...state, placed])
    bench.free([placed])
    if (step !== 1 && step !== 3 && step !== 20) continue
    for (const [i, name] of STATE.entries()) {
      const out = await bench.readValues(state[i]!, name)
      const what = { name: `step ${step}`, numbers, operands: [], flops: 0 }
      assertMatches(spec, what, { name, dtype: 'float32' }, out, twin[`${name}_0`]!)
    }
  }
  bench.free(state)
})

kernels.run()
