import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readHeader } from '../../lib/formats/safetensors.js';
import { checkConfig, expectedTensors, inferConfig, parameterCount, parseFixtureConfig, VICLIP_B16, VICLIP_L14, VICLIP_TINY, videoTokens, } from '../../lib/models/viclip/config.js';
import { hasCode } from '../support/errors.js';
import { skipUnless } from '../support/skip.js';
const config = suite('ViCLIP configuration');
const TINY_SPEC = {
    config: {
        res: 32,
        patch: 8,
        vwidth: 64,
        vlayers: 3,
        vheads: 2,
        out: 32,
        T: 4,
        ctx: 16,
        vocab: 97,
        twidth: 48,
        tlayers: 3,
        theads: 3,
    },
};
const fixtures = path.resolve('../shared/fixtures');
const fixtureTest = skipUnless(config, existsSync(fixtures), `there is no ${fixtures}`);
config('counts the published parameters', () => {
    assert.is(parameterCount(VICLIP_B16), 149_603_841);
    assert.is(parameterCount(VICLIP_L14), 427_590_145);
    assert.is(videoTokens(VICLIP_B16.video), 1569);
});
config('names every tensor once, with its shape', () => {
    const tensors = expectedTensors(VICLIP_B16);
    assert.is(tensors.size, 8 + 12 * 12 + 5 + 12 * 12 + 1 + 1);
    assert.equal(tensors.get('temp'), []);
    assert.equal(tensors.get('vision_encoder.conv1.weight'), [768, 3, 1, 16, 16]);
    assert.equal(tensors.get('vision_encoder.positional_embedding'), [197, 768]);
    assert.equal(tensors.get('vision_encoder.temporal_positional_embedding'), [1, 8, 768]);
    assert.equal(tensors.get('text_encoder.transformer.resblocks.11.attn.in_proj_weight'), [1536, 512]);
    assert.equal(tensors.get('text_encoder.text_projection'), [512, 512]);
});
config('infers a configuration from the shapes it implies', () => {
    for (const model of [VICLIP_B16, VICLIP_L14])
        assert.equal(inferConfig(expectedTensors(model)), model);
    const tiny = parseFixtureConfig(TINY_SPEC);
    assert.equal(inferConfig(expectedTensors(tiny), { videoHeads: 2, textHeads: 3 }), tiny);
    assert.throws(() => inferConfig(expectedTensors(tiny)), hasCode('ERR_ARGUMENT', 'textHeads'));
    assert.equal(inferConfig(expectedTensors(VICLIP_TINY), { videoHeads: 4, textHeads: 4 }), VICLIP_TINY);
});
config('says what a checkpoint lacks', () => {
    const without = (name) => {
        const shapes = expectedTensors(VICLIP_B16);
        assert.ok(shapes.delete(name), name);
        return shapes;
    };
    const needed = [
        'vision_encoder.conv1.weight',
        'vision_encoder.proj',
        'text_encoder.token_embedding.weight',
        'vision_encoder.transformer.resblocks.0.ln_1.weight',
    ];
    for (const name of needed) {
        assert.throws(() => inferConfig(without(name), { file: 'w.pth' }), hasCode('ERR_CHECKPOINT', name, 'w.pth'));
    }
    const flat = expectedTensors(VICLIP_B16).set('vision_encoder.conv1.weight', [768, 768]);
    assert.throws(() => inferConfig(flat), hasCode('ERR_CHECKPOINT', 'conv1', '5 dimensions'));
    const oblong = expectedTensors(VICLIP_B16).set('vision_encoder.positional_embedding', [196, 768]);
    assert.throws(() => inferConfig(oblong), hasCode('ERR_CHECKPOINT', '196 rows'));
});
config('refuses sizes that no model can have', () => {
    const { video, text } = VICLIP_B16;
    const wrong = [
        ['video.resolution', { ...VICLIP_B16, video: { ...video, resolution: 225 } }],
        ['video.heads', { ...VICLIP_B16, video: { ...video, heads: 7 } }],
        ['text.heads', { ...VICLIP_B16, text: { ...text, heads: 5 } }],
        ['video.frames', { ...VICLIP_B16, video: { ...video, frames: 0 } }],
        ['text.layers', { ...VICLIP_B16, text: { ...text, layers: 1.5 } }],
        ['contextLength', { ...VICLIP_B16, text: { ...text, contextLength: 1 } }],
        ['embedDim', { ...VICLIP_B16, embedDim: Number.NaN }],
    ];
    for (const [field, model] of wrong)
        assert.throws(() => checkConfig(model), hasCode('ERR_ARGUMENT', field));
    for (const model of [VICLIP_B16, VICLIP_L14, VICLIP_TINY])
        assert.is(checkConfig(model), model);
});
config("reads a fixture's specification", () => {
    const tiny = parseFixtureConfig(TINY_SPEC);
    assert.equal(tiny.video, { resolution: 32, patchSize: 8, frames: 4, width: 64, layers: 3, heads: 2 });
    assert.equal(tiny.text, { width: 48, layers: 3, heads: 3, contextLength: 16, vocabularySize: 97 });
    assert.is(tiny.embedDim, 32);
    assert.equal(parseFixtureConfig(TINY_SPEC.config), tiny);
    assert.throws(() => parseFixtureConfig({ config: { res: 32 } }), hasCode('ERR_FORMAT', '"patch"'));
    assert.throws(() => parseFixtureConfig(null), hasCode('ERR_FORMAT', '"res"'));
});
fixtureTest("expects exactly the tensors of a fixture's checkpoint", async () => {
    const spec = JSON.parse(readFileSync(path.join(fixtures, 'tiny.json'), 'utf8'));
    const { tensors } = await readHeader(path.join(fixtures, 'tiny.model.safetensors'));
    const stored = [...tensors].map(([name, { shape }]) => [name, shape]);
    assert.equal([...expectedTensors(parseFixtureConfig(spec))].sort(), stored.sort());
});
config.run();
//# sourceMappingURL=config.test.js.map