/** The lock of scripts/setup.mjs: one holder at a time, and none for ever. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from '../../lib/runtime/package-root.js';
const locks = suite('setup lock');
const folder = mkdtempSync(join(tmpdir(), 'msta-lock-'));
const module = pathToFileURL(join(packageRoot, 'scripts/setup/lock.mjs')).href;
const lock = join(folder, 'lock');
locks.before.each(() => rmSync(lock, { recursive: true, force: true }));
locks.after(() => rmSync(folder, { recursive: true }));
const HOLDER = `
  import { appendFileSync } from 'node:fs'
  import { setTimeout as sleep } from 'node:timers/promises'
  const [, module, lock, log] = process.argv
  const { withLock } = await import(module)
  await withLock(lock, async () => {
    appendFileSync(log, 'in\\n')
    await sleep(30)
    appendFileSync(log, 'out\\n')
  })
`;
const hold = (log) => promisify(execFile)(process.execPath, ['--input-type=module', '-e', HOLDER, module, lock, log], {
    timeout: 30_000,
});
/** The process number of a process that has ended. */
const endedProcess = () => Number(spawnSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).stdout);
locks('several processes take turns', async () => {
    const log = join(folder, 'turns.log');
    await Promise.all(Array.from({ length: 6 }, () => hold(log)));
    assert.is(readFileSync(log, 'utf8'), 'in\nout\n'.repeat(6));
    assert.not(existsSync(lock));
});
locks('a lock whose holder has died is taken over, by one of many', async () => {
    mkdirSync(lock);
    writeFileSync(join(lock, 'owner.json'), JSON.stringify({ pid: endedProcess(), host: hostname() }));
    const log = join(folder, 'dead.log');
    await Promise.all(Array.from({ length: 6 }, () => hold(log)));
    assert.is(readFileSync(log, 'utf8'), 'in\nout\n'.repeat(6));
});
locks('a lock without a name, or of another machine, is judged by its age', async () => {
    const { isAbandoned } = (await import(module));
    mkdirSync(lock);
    assert.not(isAbandoned(lock));
    utimesSync(lock, 0, Date.now() / 1000 - 60);
    assert.ok(isAbandoned(lock));
    writeFileSync(join(lock, 'owner.json'), JSON.stringify({ pid: 1, host: 'elsewhere' }));
    utimesSync(lock, 0, Date.now() / 1000 - 60);
    assert.not(isAbandoned(lock));
    writeFileSync(join(lock, 'owner.json'), JSON.stringify({ pid: process.pid, host: hostname() }));
    utimesSync(lock, 0, 0);
    assert.not(isAbandoned(lock));
});
locks.run();
//# sourceMappingURL=lock.test.js.map