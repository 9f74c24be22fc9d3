// @env MSTA_CPU_ISA=avx512,avx2,portable
import { specs } from '../../native/kernels/attention/attention.spec.js';
import { addCases, deviceSuite } from './kernel-suite.js';
const kernels = deviceSuite('kernels: attention');
addCases(kernels, specs);
kernels.run();
//# sourceMappingURL=attention.test.js.map