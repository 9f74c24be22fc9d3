// @env MSTA_KERNELS=emulated

import { specs as linear } from '../../native/kernels/linear/linear.spec.js'
/** The matrix products of sm_90a (wgmma, TMA), on a GPU that is one or pretends to be. */
import { specs as adapter } from '../../native/kernels/msta_adapter/msta_adapter.spec.js'
import { addCases, deviceSuite } from './kernel-suite.js'

process.env.MSTA_CUDA_WGMMA = '1'
process.env.MSTA_EMULATED_CAPABILITY = '90'

const kernels = deviceSuite('kernels: linear on sm_90a')
addCases(kernels, [...linear, ...adapter])
kernels.run()
