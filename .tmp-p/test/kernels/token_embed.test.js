// @env MSTA_CPU_ISA=avx512,avx2,portable
import { specs } from '../../native/kernels/token_embed/token_embed.spec.js';
import { addCases, deviceSuite } from './kernel-suite.js';
const kernels = deviceSuite('kernels: token_embed');
addCases(kernels, specs);
kernels.run();
//# sourceMappingURL=token_embed.test.js.map