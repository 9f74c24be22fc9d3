// @env MSTA_CPU_ISA=avx512,avx2,portable
import { specs } from '../../native/kernels/combine/combine.spec.js';
import { addCases, deviceSuite } from './kernel-suite.js';
const kernels = deviceSuite('kernels: combine');
addCases(kernels, specs);
kernels.run();
//# sourceMappingURL=combine.test.js.map