// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

import { specs } from '../../native/kernels/layer_norm/layer_norm.spec.js'
import { addCases, deviceSuite } from './kernel-suite.js'

const kernels = deviceSuite('kernels: layer_norm')
addCases(kernels, specs)
kernels.run()
