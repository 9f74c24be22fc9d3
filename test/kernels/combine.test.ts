// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

import { specs } from '../../native/kernels/combine/combine.spec.js'
import { addCases, deviceSuite } from './kernel-suite.js'

const kernels = deviceSuite('kernels: combine')
addCases(kernels, specs)
kernels.run()
