// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

import * as assert from 'uvu/assert'
import { specs } from '../../native/kernels/linear/linear.spec.js'
import type { KernelCase, KernelSpec } from '../../native/kernels/spec.js'
import { assertWithin, relativeError } from './compare.js'
import { fillCase, presentValues } from './fill.js'
import { addCases, deviceSuite } from './kernel-suite.js'
import { type Bench, runCase } from './run-case.js'
import { decode, encode, roundTo } from './storage.js'

const kernels = deviceSuite('kernels: linear')
addCases(kernels, specs)

kernels.onCpu('a packed weight gives the very numbers of an unpacked one', async (bench) => {
  const spec = specs[0]!
  for (const one of spec.cases.filter(({ numbers }) => numbers.packed === 1)) {
    const unpacked = {
      ...one,
      numbers: { ...one.numbers, packed: 0 },
      operands: one.operands.map(({ via, ...operand }) => operand),
    }
    const values = fillCase(spec, one, true)
    const results = [await runCase(bench, spec, one, values), await runCase(bench, spec, unpacked, values)]
    const [packed, plain] = results.map((outputs) => [...outputs.values()])
    assert.equal(packed, plain, one.name)
  }
})

const [forwardSpec, backwardSpec] = specs as [KernelSpec, KernelSpec]
const isPacked = (packed: number) => (one: KernelCase) => one.numbers.packed === packed

/** A case's outputs, and the twin's for the same operands with the weight as it is and nothing rounded. */
async function beside(bench: Bench, spec: KernelSpec, one: KernelCase) {
  const values = fillCase(spec, one, true)
  const outputs = [...(await runCase(bench, spec, one, values))]
  const exact = spec.reference(presentValues(one, values), { ...one.numbers, packed: 0 })
  const rounded = spec.reference(presentValues(one, values), one.numbers)
  return outputs.map(([{ name, dtype }, bytes]) => {
    return { name, dtype, out: decode(dtype, bytes), exact: exact[name]!, rounded: rounded[name]! }
  })
}

for (const spec of [forwardSpec, backwardSpec])
  kernels.onCpu(`${spec.kernel} in bfloat16 is off by little more than naive rounding`, async (bench) => {
    for (const one of spec.cases.filter(isPacked(2)))
      for (const { name, dtype, out, exact, rounded } of await beside(bench, spec, one)) {
        const stored = rounded.map((x) => roundTo(dtype, x))
        const allowed = 2 * relativeError(stored, exact)
        assertWithin(relativeError(out, exact), allowed + 1e-6, `${one.name} ${name}`)
      }
  })

kernels.onCpu(
  'an int8 product is off by half a step of x and half a step of the weight at most',
  async (bench) => {
    const products = forwardSpec.cases.filter(({ numbers, operands }) => {
      const { packed, activation, scale } = numbers
      const isExactBefore = operands.every(({ dtype, name, absent }) =>
        name === 'residual' || name === 'pre' ? absent : dtype === 'float32',
      )
      return packed === 3 && activation === 0 && scale === 1 && isExactBefore
    })
    assert.ok(products.length > 15)
    for (const one of products) {
      const { in: depth, out: columns } = one.numbers as { in: number; out: number }
      const { x, weight } = fillCase(forwardSpec, one, true) as { x: Float64Array; weight: Float64Array }
      const row = (of: Float64Array, r: number) => of.subarray(r * depth, (r + 1) * depth)
      for (const { out, exact } of await beside(bench, forwardSpec, one))
        out.forEach((value, at) => {
          const [a, b] = [row(x, Math.floor(at / columns)), row(weight, at % columns)]
          const step = (Math.max(0, ...a) - Math.min(0, ...a)) / 255
          const weightStep = Math.max(0, ...b.map(Math.abs)) / 127
          const bound = a.reduce(
            (sum, v, k) =>
              sum + (Math.abs(b[k]!) * step + Math.abs(v) * weightStep + (step * weightStep) / 2) / 2,
            1e-6 * (1 + Math.abs(exact[at]!)),
          )
          assertWithin(Math.abs(value - exact[at]!), bound, `${one.name}, value ${at}`)
        })
    }
  },
)

kernels.onCpu('a packed float32 weight gives the very gradients of an unpacked one', async (bench) => {
  for (const one of backwardSpec.cases.filter(isPacked(1))) {
    const unpacked = {
      ...one,
      numbers: { ...one.numbers, packed: 0 },
      operands: one.operands.map(({ via, ...operand }) => operand),
    }
    const values = fillCase(backwardSpec, one, true)
    const results = [
      await runCase(bench, backwardSpec, one, values),
      await runCase(bench, backwardSpec, unpacked, values),
    ]
    const [packed, plain] = results.map((outputs) => [...outputs.values()])
    assert.equal(packed, plain, one.name)
  }
})

kernels.onCpu('rows of zeros, of one value and of tiny values in int8', async (bench) => {
  const [rows, depth, columns] = [4, 37, 5]
  const x = new Float64Array(rows * depth)
  x.fill(3, depth, 2 * depth)
  x.fill(-0.25, 2 * depth, 3 * depth)
  x.fill(1e-38, 3 * depth)
  const one = forwardSpec.cases.find(isPacked(3))!
  const weight = bench.place('float32', encode('float32', new Float32Array(columns * depth).fill(0.5)))
  const packed = bench.placeEmpty('uint8', 32 * 48)
  bench.run('linear_pack', [depth, columns, one.numbers.packed!], [weight, packed])
  const input = bench.place('float32', encode('float32', x))
  const out = bench.placeEmpty('float32', rows * columns)
  bench.run('linear_forward', [rows, depth, columns, 0, 3, 1], [input, packed, null, null, out, null])
  const values = await bench.readValues(out, 'out')
  const expected = [0, 3 * 0.5 * depth, -0.25 * 0.5 * depth, 0]
  values.forEach((value, at) => {
    const wanted = expected[Math.floor(at / columns)]!
    assertWithin(Math.abs(value - wanted), 1e-6 * Math.abs(wanted), `value ${at}: ${value}`)
  })
  bench.free([weight, packed, input, out])
})

kernels.run()
