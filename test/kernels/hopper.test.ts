// @env MSTA_KERNELS=emulated

import { specs as attention } from '../../native/kernels/attention/attention.spec.js'
import { specs as linear } from '../../native/kernels/linear/linear.spec.js'
/** The kernels of sm_90a (wgmma, TMA), on a GPU that is one or pretends to be. */
import { specs as adapter } from '../../native/kernels/msta_adapter/msta_adapter.spec.js'
import { addCases, deviceSuite } from './kernel-suite.js'

process.env.MSTA_CUDA_WGMMA = '1'
process.env.MSTA_EMULATED_CAPABILITY = '90'

const kernels = deviceSuite('kernels: sm_90a')
addCases(kernels, [
  ...linear,
  ...adapter,
  ...attention.filter(({ kernel }) => kernel === 'attention_forward'),
])
kernels.run()
