// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

import * as assert from 'uvu/assert'
import { specs } from '../../native/kernels/linear/linear.spec.js'
import { fillCase } from './fill.js'
import { addCases, deviceSuite } from './kernel-suite.js'
import { runCase } from './run-case.js'

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

kernels.run()
