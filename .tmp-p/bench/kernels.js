import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { DTYPE_BYTES, DTYPE_CODES } from '../lib/runtime/binding.js';
import { loadBinding } from '../lib/runtime/loader.js';
import { packageRoot } from '../lib/runtime/package-root.js';
import { median, spread } from './result.js';
const TRIALS = 5;
/** A trial repeats a kernel until it takes about this long. */
const TRIAL_MS = 60;
/** Every kernel on the shapes of ViCLIP-B/16 that its specification names. */
export async function* benchKernels(device, only) {
    const folder = path.join(packageRoot, 'dist', 'native', 'kernels');
    for (const op of (await readdir(folder)).sort()) {
        if (!op.includes(only ?? '') || op.endsWith('.js') || op.endsWith('.ts') || op.endsWith('.map'))
            continue;
        const module = await import(path.join(folder, op, `${op}.spec.js`));
        for (const spec of Object.values(module).flat())
            if (spec?.kernel)
                for (const kase of spec.bench)
                    yield await measure(device, spec.kernel, kase);
    }
}
async function measure(device, kernel, kase) {
    const binding = loadBinding();
    const stream = binding.createStream(device);
    const job = binding.createJob();
    try {
        const operands = kase.operands.filter(({ role }) => role !== 'aside');
        const meta = [];
        const buffers = operands.map((operand) => {
            if (operand.absent) {
                meta.push(0, 0, 0);
                return null;
            }
            const dtype = operand.via?.dtype ?? operand.dtype;
            const elements = operand.via?.elements ?? operand.shape.reduce((size, n) => size * n, 1);
            meta.push(DTYPE_CODES[dtype], 0, elements);
            const buffer = stream.allocate(Math.max(1, elements * DTYPE_BYTES[dtype]));
            // Speed does not depend on the values, as long as they are ordinary; integers must be valid indices.
            if (dtype === 'float32' || dtype === 'bfloat16')
                stream.run('random_normal', job, 0, [buffer], Float64Array.of(DTYPE_CODES[dtype], 0, elements, elements, 0.1, 1, 0));
            else
                stream.upload(buffer, 0, new Uint8Array(elements * DTYPE_BYTES[dtype]), job, 0);
            return buffer;
        });
        const call = Float64Array.from([...meta, ...Object.values(kase.numbers)]);
        const time = async (count) => {
            const started = performance.now();
            for (let i = 0; i < count; i++)
                stream.run(kernel, job, 0, buffers, call);
            await stream.sync(job);
            return (performance.now() - started) / count;
        };
        await time(1);
        const count = Math.max(1, Math.min(1000, Math.round(TRIAL_MS / (await time(1)))));
        const times = [];
        for (let i = 0; i < TRIALS; i++)
            times.push(await time(count));
        const medianMs = median(times);
        return {
            suite: 'kernels',
            name: kernel,
            device,
            dtype: kase.operands[0]?.dtype ?? 'float32',
            shape: kase.name,
            medianMs,
            spreadMs: spread(times),
            gflops: kase.flops / medianMs / 1e6,
            peakRssMb: null,
            peers: {},
        };
    }
    finally {
        stream.close();
    }
}
//# sourceMappingURL=kernels.js.map