import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate, MSTA, ViCLIP } from '../../lib/index.js';
import { saveSmallViClip } from '../models/small-viclip.js';
import { makeClips } from '../train/run-folder.js';
import { makeFolder, msta, mstaJson, untilStderr } from './helpers.js';
const evaluation = suite('msta eval');
const { folder, remove } = makeFolder();
const adapterFile = path.join(folder, 'adapter.safetensors');
let common = [];
let modelFile = '';
let clips;
let model;
let adapter;
evaluation.before(async () => {
    clips = await makeClips(folder);
    modelFile = await saveSmallViClip(folder);
    model = await ViCLIP.load(modelFile, { device: 'cpu' });
    adapter = MSTA.attach(model, { dim: 8, layers: [1, 2], alpha: 1, seed: 3 });
    await adapter.save(adapterFile);
    const data = ['--data', clips.root, '--list', clips.test, '--labels', clips.labels];
    common = ['eval', '--device', 'cpu', '--model', modelFile, ...data];
});
evaluation.after(() => {
    adapter.dispose();
    model.dispose();
    remove();
});
/** A result without what differs from run to run. */
const lasting = ({ seconds: _, model: __, adapter: ___, ...rest }) => rest;
evaluation('gives what the library gives, as JSON alone on stdout', async () => {
    const { root, labels, test: list } = clips;
    const data = { root, list, labels };
    const asked = ['--views', '2x3', '--template', 'just {}', '--adapter', adapterFile];
    const [plain, adapted] = await Promise.all([
        mstaJson(common),
        mstaJson([...common, ...asked]),
    ]);
    assert.equal([plain.status, adapted.status], [0, 0], plain.stderr + adapted.stderr);
    assert.equal(lasting(plain.json), lasting(await evaluate({ model, data })));
    const expected = await evaluate({ model, data, adapter, views: '2x3', template: 'just {}' });
    assert.equal(lasting(adapted.json), lasting(expected));
    assert.equal([plain.json.model, plain.json.adapter], [modelFile, null]);
    assert.is(adapted.json.adapter, adapterFile);
    assert.equal([plain.json.videos, plain.json.failed], [4, 0]);
    assert.not.match(plain.stderr, 'warning');
});
evaluation('people get a table', async () => {
    const { status, stdout, stderr } = await msta(common);
    assert.is(status, 0, stderr);
    assert.match(stdout, / % +2 +moving left\n/);
    assert.match(stdout, / % +4 +all, top-1\n/);
    assert.match(stdout, /\ntop-5 100\.00 %, 0 videos failed, views 1x1/);
});
evaluation('bad and missing videos are warnings, or failures by policy', async () => {
    writeFileSync(path.join(clips.root, 'junk.mp4'), 'junk');
    const list = path.join(folder, 'bad.txt');
    writeFileSync(list, `${readFileSync(clips.test, 'utf8')}junk.mp4 0\nnowhere.mp4 1\n`);
    const { status, json, stderr } = await mstaJson([...common, '--list', list]);
    assert.is(status, 0, stderr);
    assert.equal([json.videos, json.failed], [4, 2]);
    assert.equal(json.failures.map(({ path: name, code }) => [name, code]), [['junk.mp4', 'ERR_VIDEO']]);
    assert.match(stderr, /warning: nowhere\.mp4 does not exist/);
    assert.match(stderr, /warning: left out: .*junk\.mp4/);
    const strict = await msta([...common, '--list', list, '--on-bad-video', 'fail', '--json']);
    assert.equal([strict.status, strict.stdout], [1, '']);
    assert.match(strict.stderr, 'nowhere.mp4 (line 6)');
});
evaluation('wrong calls are usage errors, wrong files failures', async () => {
    const junk = path.join(folder, 'junk.safetensors');
    writeFileSync(junk, 'junk');
    const short = path.join(folder, 'short.csv');
    writeFileSync(short, 'id,name\n0,growing\n');
    const runs = [
        [2, 'list', ['eval', '--data', '.', '--labels', clips.labels]],
        [2, '2x2', [...common, '--views', '2x2']],
        [2, 'nothing', [...common, '--template', 'nothing']],
        [2, 'nonsense', [...common, '--nonsense']],
        [2, 'float16', [...common, '--dtype', 'float16']],
        [1, 'junk.safetensors', [...common, '--adapter', junk]],
        [1, 'test.txt', [...common, '--labels', short]],
        [1, 'ERR_DEVICE', [...common, '--device', 'cuda:77']],
    ];
    const results = await Promise.all(runs.map(([, , args]) => msta([...args, '--json'])));
    for (const [i, { status, stdout, stderr }] of results.entries()) {
        const [expected, part] = runs[i];
        assert.equal([status, stdout], [expected, ''], `${part}: ${stderr}`);
        assert.ok(stderr.includes(part), `${stderr} lacks ${part}`);
    }
});
evaluation('Ctrl-C ends it with status 130 and nothing on stdout', async () => {
    const list = path.join(folder, 'long.txt');
    // More work than could be done before the signal comes: every line is 200 clips of three crops.
    writeFileSync(list, `junk.mp4 0\n${readFileSync(clips.test, 'utf8').repeat(100)}nowhere.mp4 0\n`);
    const run = await msta([...common, '--list', list, '--views', '200x3', '--model', 'random:tiny', '--json'], {
        async onStart(child) {
            await untilStderr(child, 'warning: random:tiny');
            child.kill('SIGINT');
        },
    });
    assert.equal([run.status, run.stdout], [130, ''], run.stderr);
    assert.match(run.stderr, 'interrupted');
    assert.not.match(run.stderr, 'error');
});
evaluation.run();
//# sourceMappingURL=eval.test.js.map