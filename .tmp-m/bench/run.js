import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { loadBinding } from '../lib/runtime/loader.js';
import { packageRoot } from '../lib/runtime/package-root.js';
import { benchKernels } from './kernels.js';
import { benchVideoForward } from './video-forward.js';
const SUITES = { kernels: benchKernels, 'video-forward': benchVideoForward };
const USAGE = `usage: npm run bench -- [--suite ${Object.keys(SUITES).join('|')}] [--kernel NAME] [--device cpu] [--json FILE]`;
function commit() {
    try {
        return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: packageRoot, encoding: 'utf8' }).trim();
    }
    catch {
        return null;
    }
}
function print({ name, shape, dtype, medianMs, spreadMs, gflops, peakRssMb, peers }) {
    const speed = gflops ? `${gflops.toFixed(0)} GFLOP/s` : '';
    const memory = peakRssMb === null ? '' : `${peakRssMb.toFixed(0)} MB`;
    const others = Object.entries(peers).map(([peer, result]) => 'skipped' in result
        ? `${peer}: ${result.skipped}`
        : `${peer} ${result.medianMs.toFixed(0)} ms (ratio ${result.ratio.toFixed(2)})`);
    const cells = [
        name.padEnd(32),
        dtype.padEnd(8),
        `${medianMs.toFixed(3)} ms`.padStart(13),
        `+-${spreadMs.toFixed(2)}`.padStart(9),
    ];
    console.log([...cells, speed.padStart(14), memory, shape, ...others].join('  '));
}
async function main() {
    const options = {
        suite: { type: 'string' },
        kernel: { type: 'string' },
        device: { type: 'string', default: 'cpu' },
        json: { type: 'string' },
    };
    const { values } = parseArgs({ options });
    if (values.suite !== undefined && !(values.suite in SUITES)) {
        console.error(USAGE);
        return 2;
    }
    const rows = [];
    for (const [name, suite] of Object.entries(SUITES)) {
        if (values.suite !== undefined && values.suite !== name)
            continue;
        for await (const row of suite(values.device, values.kernel)) {
            rows.push(row);
            print(row);
        }
    }
    const machine = {
        cpu: cpus()[0]?.model,
        cores: cpus().length,
        memoryGb: totalmem() / 2 ** 30,
        devices: loadBinding().devices(),
    };
    const versions = { node: process.version, addon: loadBinding().version };
    if (values.json)
        await writeFile(values.json, `${JSON.stringify({ machine, versions, commit: commit(), ceilings: {}, rows }, null, 2)}\n`);
    return rows.length > 0 ? 0 : 1;
}
process.exitCode = await main();
//# sourceMappingURL=run.js.map