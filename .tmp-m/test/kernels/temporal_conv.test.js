// @env MSTA_CPU_ISA=avx512,avx2,portable
import { specs } from '../../native/kernels/temporal_conv/temporal_conv.spec.js';
import { addCases, deviceSuite } from './kernel-suite.js';
const kernels = deviceSuite('kernels: temporal_conv');
addCases(kernels, specs);
kernels.run();
//# sourceMappingURL=temporal_conv.test.js.map