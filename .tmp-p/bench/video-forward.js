import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packageRoot } from '../lib/runtime/package-root.js';
import { median, spread } from './result.js';
const run = promisify(execFile);
/** Pairs of processes, ours and the peer's in turn, so that both meet the same moods of the machine. */
const ROUNDS = 5;
const REPEATS = 3;
/** Where bench/peers/setup puts PyTorch. */
const peerPython = path.join(process.env.MSTA_PEERS ?? path.join(homedir(), '.cache', 'msta-peers'), 'bin', 'python');
const NO_PEER = `not installed; run bench/peers/setup`;
/** ViCLIP-B/16, one clip, float32: ours and PyTorch eager, a process a trial, interleaved. */
export async function* benchVideoForward(device) {
    const trial = fileURLToPath(new URL('./video-forward-trial.js', import.meta.url));
    const peer = path.join(packageRoot, 'bench', 'peers', 'torch_forward.py');
    const hasPeer = existsSync(peerPython);
    const repeat = ['--repeat', String(REPEATS)];
    const ours = [];
    const theirs = [];
    const measure = async (program, args) => JSON.parse((await run(program, args)).stdout.trim().split('\n').at(-1));
    for (let round = 0; round < ROUNDS; round++) {
        ours.push(await measure(process.execPath, [trial, '--device', device, ...repeat]));
        if (hasPeer)
            theirs.push(await measure(peerPython, [peer, '--batch', '1', ...repeat]));
    }
    const times = ours.flatMap((result) => result.times);
    const medianMs = median(times);
    const peerMs = hasPeer ? median(theirs.flatMap((result) => result.times)) : 0;
    yield {
        suite: 'video-forward',
        name: 'viclip-b16 video encoder',
        device,
        dtype: 'float32',
        shape: '[1, 3, 8, 224, 224]',
        medianMs,
        spreadMs: spread(times),
        gflops: (ours[0].gflop / medianMs) * 1e3,
        peakRssMb: Math.max(...ours.map((result) => result.peakRssMb)),
        peers: { 'torch-eager': hasPeer ? { medianMs: peerMs, ratio: peerMs / medianMs } : { skipped: NO_PEER } },
    };
}
//# sourceMappingURL=video-forward.js.map