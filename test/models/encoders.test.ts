/** What the encoders leave out of the computation must not be missed, and what surrounds a row must not reach it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ViClipModel } from '../../lib/models/viclip/model.js'
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js'
import type { BlockSite } from '../../lib/nn/block.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Ids, Tokens, Video } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { seededRandom } from '../support/random.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { untrivialModel, wholeText, wholeVideo } from './whole-encoders.js'

const encoders = suite('ViCLIP encoders')
const test = noLeaks(encoders)
const device = testDevice()
const CONFIG: ViClipConfig = {
  video: { resolution: 12, patchSize: 4, frames: 3, width: 24, layers: 3, heads: 3 },
  text: { width: 20, layers: 2, heads: 2, contextLength: 12, vocabularySize: 40 },
  embedDim: 9,
}
const END = 39

const random = seededRandom(8)
const noise = (count: number) => Float32Array.from({ length: count }, () => 2 * random() - 1)
const VIDEO: Video = [2, 3, 3, 12, 12]
const clips = noise(2 * 3 * 3 * 144)

function values(body: () => Tensor): Promise<Float32Array> {
  const tensor = scope(body).keep()
  const data = tensor.data()
  tensor.dispose()
  return data
}

function assertClose(actual: Float32Array, expected: Float32Array, allowed: number, what = ''): void {
  assert.is(actual.length, expected.length, what)
  let difference = 0
  let norm = 0
  for (const [i, value] of actual.entries()) {
    difference += (value - expected[i]!) ** 2
    norm += expected[i]! ** 2
  }
  const error = Math.sqrt(difference / norm)
  assert.ok(error <= allowed, `${what} differs by ${error}`)
}

async function withModel(body: (model: ViClipModel) => Promise<void>, config = CONFIG): Promise<void> {
  const model = untrivialModel(config, 21)
  try {
    await body(model)
  } finally {
    model.dispose()
  }
}

test('the last block computes CLS alone, with the result of the full computation', () =>
  withModel(async (model) => {
    const short = await values(() => model.encodeVideo(Tensor.from(device, clips, VIDEO)))
    assertClose(short, await values(() => wholeVideo(model, Tensor.from(device, clips, VIDEO))), 2e-6)
    const seen: number[] = []
    const adapter = {
      videoBlock: () => ({
        adapt({ normed, attended, output }: BlockSite) {
          seen.push(normed.shape[1], attended.shape[1], output.shape[1])
          return output
        },
      }),
      textBlock: () => undefined,
    }
    const same = await values(() => model.encodeVideo(Tensor.from(device, clips, VIDEO), adapter))
    assert.equal(same, short, 'an adapter that does nothing')
    assert.equal(seen, [28, 28, 28, 28, 28, 28, 1, 1, 1])
  }))

test("one block's first token only, with and without its adapter", () =>
  withModel(async (model) => {
    const block = model.video.transformer.blocks[0]!
    const x = () => Tensor.from(device, noise(2 * 5 * 24), [2, 5, 24] as Tokens)
    const input = x()
    const [all, first] = await Promise.all(
      [false, true].map((firstTokenOnly) => values(() => block.forward(input, { firstTokenOnly }))),
    )
    const rows = [0, 5].flatMap((row) => [...all!.subarray(row * 24, (row + 1) * 24)])
    assertClose(first!, Float32Array.from(rows), 1e-6)
    input.dispose()
  }))

test('every clip of a batch is encoded for itself', () =>
  withModel(async (model) => {
    const both = await values(() => model.encodeVideo(Tensor.from(device, clips, VIDEO)))
    const half = clips.length / 2
    for (const b of [0, 1]) {
      const own = clips.subarray(b * half, (b + 1) * half)
      const one = await values(() => model.encodeVideo(Tensor.from(device, own, [1, 3, 3, 12, 12] as Video)))
      assertClose(one, both.subarray(b * 9, (b + 1) * 9), 1e-6, `clip ${b}`)
    }
  }))

const TEXTS = [
  [30, 4, 7, END],
  [30, 5, 6, 8, 9, 10, 11, END],
  [30, END],
]
const ids = (texts: number[][], length: number) => ({
  data: texts.flatMap((text) => [...text, ...Array(length - text.length).fill(0)]),
  shape: [texts.length, length] as Ids,
})

test('padding and batch-mates do not reach a text', () =>
  withModel(async (model) => {
    const encode = (texts: number[][], length: number) => values(() => model.encodeText(ids(texts, length)))
    const together = await encode(TEXTS, 8)
    assert.equal(await encode(TEXTS, 12), together, 'more padding')
    for (const [i, text] of TEXTS.entries()) {
      const alone = await encode([text], text.length)
      assert.equal(await encode([text], 12), alone, `padding behind text ${i}`)
      assertClose(alone, together.subarray(i * 9, (i + 1) * 9), 1e-6, `text ${i} alone`)
    }
    const junk = ids(TEXTS, 12)
    // Whatever follows the end token, as long as it is lower.
    junk.data.splice(4, 3, 17, 18, 19)
    assertClose(await values(() => model.encodeText(junk)), together, 1e-6, 'junk behind the end token')
    assert.not.equal((await encode([[30, 4, 8, END]], 8)).slice(0, 9), together.slice(0, 9))
  }))

test('a text is what causal attention over its whole context gives', () =>
  withModel(async (model) => {
    const full = () => wholeText(model, ids(TEXTS, 12))
    assertClose(await values(() => model.encodeText(ids(TEXTS, 12))), await values(full), 1e-6)
  }))

test('the end token is the highest id, at its first occurrence', () =>
  withModel(async (model) => {
    const row = (data: number[]) => values(() => model.encodeText({ data, shape: [1, data.length] as Ids }))
    const text = await row([30, 4, END])
    assert.equal(await row([30, 4, END, END, 3]), text)
    assert.not.equal(await row([30, 4, 5, END]), text)
  }))

test('inputs that do not fit are refused', () =>
  withModel(async (model) => {
    const video = (...shape: number[]) => scope(() => model.encodeVideo(Tensor.empty(device, shape) as never))
    for (const shape of [
      [1, 3, 3, 16, 16],
      [1, 3, 2, 12, 12],
      [1, 4, 3, 12, 12],
      [3, 3, 12, 12],
    ])
      assert.throws(() => video(...shape), hasCode('ERR_SHAPE', '[patch_embed]'))
    const text = (data: number[], shape: number[]) =>
      scope(() => model.encodeText({ data, shape: shape as never }))
    assert.throws(() => text(Array(13).fill(1), [1, 13]), hasCode('ERR_SHAPE', 'at most 12', '[1, 13]'))
    assert.throws(() => text([1, 2, 3], [2, 2]), hasCode('ERR_SHAPE'))
    const beyond = await rejection(values(() => model.encodeText({ data: [1, 40], shape: [1, 2] })))
    assert.is((beyond as { op?: string }).op, 'token_embed_forward')
  }))

test('a frozen model whose weights change forgets its packed copies when told', () =>
  withModel(async (model) => {
    const encode = () => values(() => model.encodeVideo(Tensor.from(device, clips, VIDEO)))
    const before = await encode()
    const weight = model.parameters.get('vision_encoder.transformer.resblocks.0.mlp.c_fc.weight')
    const old = await weight.data()
    weight.set(old.map((value) => -value))
    model.forgetPacked()
    const changed = await encode()
    assert.not.equal(changed, before)
    weight.set(old)
    model.forgetPacked()
    assert.equal(await encode(), before)
  }))

encoders.run()
