import { spawn } from 'node:child_process';
const MOST_OUTPUT = 4 << 20;
// A grandchild may hold the pipes open after the test itself has ended.
const DRAIN_MS = 2000;
const running = new Set();
function killTree(child) {
    try {
        // A process group of its own, so that what the test started dies with it.
        if (process.platform !== 'win32' && child.pid !== undefined)
            process.kill(-child.pid, 'SIGKILL');
        else
            child.kill('SIGKILL');
    }
    catch {
        // It has ended meanwhile.
    }
}
/** Ends every test process that is running; for when the runner itself is interrupted. */
export function killRunning() {
    for (const child of running)
        killTree(child);
}
/** Runs a compiled test in a Node process of its own, killed after `timeoutMs`. Never rejects. */
export function execute(job, timeoutMs) {
    const started = performance.now();
    return new Promise((resolve) => {
        const child = spawn(process.execPath, ['--enable-source-maps', job.file], {
            env: { ...process.env, ...job.env, NO_COLOR: '1', FORCE_COLOR: '0' },
            stdio: ['ignore', 'pipe', 'pipe'],
            detached: process.platform !== 'win32',
        });
        running.add(child);
        let output = '';
        let timedOut = false;
        const append = (chunk) => {
            output = (output + chunk).slice(-MOST_OUTPUT);
        };
        for (const stream of [child.stdout, child.stderr])
            stream.setEncoding('utf8').on('data', append);
        const timer = setTimeout(() => {
            timedOut = true;
            killTree(child);
        }, timeoutMs);
        const finish = (status, signal) => {
            clearTimeout(timer);
            running.delete(child);
            resolve({ status, signal, timedOut, output, seconds: (performance.now() - started) / 1000 });
        };
        child.on('error', (error) => {
            append(String(error));
            finish(null, null);
        });
        child.on('close', finish);
        child.on('exit', (status, signal) => {
            setTimeout(() => {
                killTree(child);
                finish(status, signal);
            }, DRAIN_MS).unref();
        });
    });
}
//# sourceMappingURL=execute.js.map