// @env MSTA_CPU_ISA=avx512,avx2,portable
import { specs } from '../../native/kernels/gather_rows/gather_rows.spec.js';
import { addCases, deviceSuite } from './kernel-suite.js';
const kernels = deviceSuite('kernels: gather_rows');
addCases(kernels, specs);
kernels.run();
//# sourceMappingURL=gather_rows.test.js.map