import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { variantsOf } from './discover.js';
import { parseTotals } from './judge.js';
import { runTests } from './run-tests.js';
const folder = mkdtempSync(path.join(tmpdir(), 'msta-runner-'));
const uvu = pathToFileURL(createRequire(import.meta.url).resolve('uvu')).href;
const head = `import uvu from '${uvu}'\nconst { suite } = uvu\n`;
const runner = suite('test runner');
runner.after(() => rmSync(folder, { recursive: true }));
let count = 0;
async function run(files, more = {}) {
    const root = path.join(folder, String(count++));
    for (const [name, source] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
        writeFileSync(path.join(root, name), source);
    }
    writeFileSync(path.join(root, 'package.json'), '{"type":"module"}');
    const lines = [];
    const { filters = [], sources = path.join(folder, 'none'), timeoutMs = 20_000 } = more;
    const summary = await runTests({
        root,
        sources,
        filters,
        concurrency: 2,
        timeoutMs,
        write: (line) => lines.push(line),
    });
    return { ...summary, text: lines.join('\n') };
}
const GOOD = `${head}const s = suite('s')\ns('one', () => {})\ns('two', () => {})\ns.skip('three')\ns.run()\n`;
runner('adds up what passes and what is skipped', async () => {
    const { passed, failed, skipped, text } = await run({
        'a.test.js': GOOD,
        'deep/b.test.js': GOOD,
        'c.js': 'throw 1',
    });
    assert.equal([passed, failed, skipped], [4, 0, 2], text);
    assert.match(text, 'ok   deep/b.test.js');
});
const BAD = [
    [
        'a failing test',
        `${head}const s = suite('s')\ns('x', () => { throw new Error('boom') })\ns.run()`,
        'boom',
    ],
    [
        'a throwing hook',
        `${head}const s = suite('s')\ns.before(() => { throw 1 })\ns('x', () => {})\ns.run()`,
        'not pass',
    ],
    ['run() forgotten', `${head}const s = suite('s')\ns('x', () => {})`, 'no totals'],
    ['one run() forgotten', `${GOOD}const t = suite('t')\nt('x', () => {})`, '1 of 2 suites'],
    ['no test', `${head}const s = suite('s')\ns.run()`, 'ran no test'],
    ['only() left in', `${head}const s = suite('s')\ns.only('x', () => {})\ns.run()`, 'only()'],
    ['a crash on import', 'throw new Error("early")', 'early'],
    ['a crash after the report', `${GOOD}setTimeout(() => { throw new Error('late') }, 200)`, 'exit status'],
    ['an early exit', `${head}const s = suite('s')\ns('x', () => process.exit(0))\ns.run()`, 'exit status 1'],
    [
        'a signal',
        `${head}const s = suite('s')\ns('x', () => process.kill(process.pid, 'SIGKILL'))\ns.run()`,
        'SIGKILL',
    ],
];
for (const [what, source, part] of BAD) {
    runner(`fails on ${what}`, async () => {
        const { failed, text } = await run({ 'x.test.js': source });
        assert.is(failed, 1, text);
        assert.match(text, 'FAIL x.test.js');
        assert.match(text, part);
    });
}
runner('kills what does not end, with what it started', async () => {
    const source = `import { spawn } from 'node:child_process'\nspawn('sleep', ['60'], { stdio: 'inherit' })\nsetInterval(() => {}, 1000)\n`;
    const started = performance.now();
    const { failed, text } = await run({ 'x.test.js': source }, { timeoutMs: 700 });
    assert.is(failed, 1);
    assert.match(text, 'timed out');
    assert.ok(performance.now() - started < 15_000);
});
runner('runs a file once for every value of an environment variable', async () => {
    const source = `// @env MSTA_X=one,two\n\n${head}const s = suite('s')\ns('x', () => { if (process.env.MSTA_X !== 'one') throw new Error('is ' + process.env.MSTA_X) })\ns.run()`;
    const { passed, failed, text } = await run({ 'x.test.js': source });
    assert.equal([passed, failed], [1, 1]);
    assert.match(text, 'ok   x.test.js MSTA_X=one');
    assert.match(text, 'is two');
    assert.equal(variantsOf('// @env A=1,2\n// @env B=x\n\ncode'), [
        { A: '1', B: 'x' },
        { A: '2', B: 'x' },
    ]);
});
runner('filters by name, and fails when nothing is left', async () => {
    const files = { 'a.test.js': GOOD, 'b.test.js': 'throw 1' };
    assert.equal((await run(files, { filters: ['a.test'] })).failed, 0);
    assert.equal((await run(files, { filters: ['nothing'] })).failed, 1);
});
runner('tells tests that were not compiled and leaves out those without a source', async () => {
    const sources = path.join(folder, 'sources');
    mkdirSync(sources);
    for (const name of ['a.test.ts', 'new.test.ts'])
        writeFileSync(path.join(sources, name), '');
    const { passed, failed, text } = await run({ 'a.test.js': GOOD, 'old.test.js': 'throw 1' }, { sources });
    assert.equal([passed, failed], [2, 1]);
    assert.match(text, 'new.test.ts was not compiled');
    assert.match(text, 'old.test.js has no source');
});
runner('reads the totals through colours, and only when all are there', () => {
    const report = '\n  Total:     3\n\u001b[32m  Passed:    2\u001b[39m\n  Skipped:   \u001b[33m1\u001b[39m\n';
    assert.equal(parseTotals(`x \u001b[32m  (2 / 3)\n\u001b[39m${report}`), {
        total: 3,
        passed: 2,
        skipped: 1,
        suites: 1,
    });
    assert.is(parseTotals('  Total:     3\n  Passed:    3\n'), undefined);
});
runner('ends with the line that others read', () => {
    const script = path.resolve(import.meta.dirname ?? '', '../run.js');
    const { stdout, status } = spawnSync(process.execPath, [script, 'no such test'], { encoding: 'utf8' });
    assert.is(stdout.trimEnd().split('\n').at(-1), '0 passed, 1 failed, 0 skipped');
    assert.is(status, 1);
});
runner.run();
//# sourceMappingURL=runner.test.js.map