// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

import { specs } from '../../native/kernels/patch_embed/patch_embed.spec.js'
import { addCases, deviceSuite } from './kernel-suite.js'

const kernels = deviceSuite('kernels: patch_embed')
addCases(kernels, specs)
kernels.run()
