// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

import { specs } from '../../native/kernels/softmax_cross_entropy/softmax_cross_entropy.spec.js'
import { addCases, deviceSuite } from './kernel-suite.js'

const kernels = deviceSuite('kernels: softmax_cross_entropy')
addCases(kernels, specs)
kernels.run()
