// @env MSTA_KERNELS=avx512,avx2,portable,emulated

/** What is left out of training's computation (SPEC section 8) changes neither features nor the adapter's gradients. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MstaOptions } from '../../lib/adapters/msta/config.js'
import { MSTA } from '../../lib/adapters/msta/msta.js'
import type { ViClipModel } from '../../lib/models/viclip/model.js'
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js'
import type { TokenIds } from '../../lib/models/viclip/text-packing.js'
import type { NativeBuffer } from '../../lib/runtime/binding.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Ids, Video } from '../../lib/tensor/shape.js'
import { Tape } from '../../lib/tensor/tape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { targetDevice } from '../support/device.js'
import { hasCode } from '../support/errors.js'
import { countOf, launchesOf } from '../support/launches.js'
import { seededRandom } from '../support/random.js'
import { skipUnless } from '../support/skip.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { assertSame, differentiate, type Outcome, ROUNDING } from './differentiate.js'
import { untrivialModel, wholeText, wholeVideo } from './whole-encoders.js'

const savings = suite(`exact savings (${process.env.MSTA_KERNELS ?? 'cpu'})`)
const found = targetDevice()
const test = typeof found === 'string' ? skipUnless(savings, false, found) : noLeaks(savings)
const device = found as Exclude<typeof found, string>
const CONFIG: ViClipConfig = {
  video: { resolution: 8, patchSize: 4, frames: 3, width: 24, layers: 4, heads: 3 },
  text: { width: 32, layers: 4, heads: 4, contextLength: 12, vocabularySize: 40 },
  embedDim: 9,
}
const VIDEO: Video = [2, 3, 3, 8, 8]
const random = seededRandom(3)
const clips = Float32Array.from({ length: 2 * 3 * 3 * 64 }, () => 2 * random() - 1)
const END = 39
const TEXTS = [
  [30, 4, 7, END],
  [30, 5, 6, 8, 9, 10, 11, END],
  [30, END],
  [30, 8, 2, END],
  [30, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, END],
]
const MIDDLE: MstaOptions = { dim: 8, layers: [3, 4], alpha: 0.5, dropout: 0 }

function idsOf(texts: readonly number[][], length = 12): TokenIds {
  const padded = texts.flatMap((text) => [...text, ...Array<number>(length - text.length).fill(0)])
  return { data: padded, shape: [texts.length, length] as Ids }
}
const video = () => Tensor.from(device, clips, VIDEO)

let model: ViClipModel
savings.before(async () => {
  if (typeof found === 'string') return
  model = untrivialModel(CONFIG, 21)
  // Packs the frozen weights, so that the levels of memory compare.
  await withAdapter({ ...MIDDLE, layers: [1, 4] }, async (adapter) => {
    await differentiate(adapter, () => model.encodeText(idsOf(TEXTS), adapter))
    await differentiate(adapter, () => model.encodeVideo(video(), adapter))
  })
})
savings.after(() => model?.dispose())

async function withAdapter(
  options: MstaOptions,
  body: (adapter: MSTA) => Promise<void>,
  target = model,
): Promise<void> {
  const adapter = MSTA.attach(target, { ...options, seed: 5 })
  // Biases are zero at first: so are the places where one would be missed.
  for (const [name, tensor] of adapter.parameters.entries())
    if (name.endsWith('bias')) tensor.set(Float32Array.from({ length: tensor.size }, () => random() - 0.5))
  try {
    await body(adapter)
  } finally {
    adapter.dispose()
  }
}

/** Where sums differ in their order, what is stored in bfloat16 may be rounded the other way: half of this was seen. */
const BFLOAT16 = { features: 2e-3, gradients: 1.2e-2 }

test('texts of all lengths together: as each over its whole context', () =>
  withAdapter({ ...MIDDLE, layers: [1, 4] }, async (adapter) => {
    const packed = await differentiate(adapter, () => model.encodeText(idsOf(TEXTS), adapter))
    const whole = await differentiate(adapter, () => wholeText(model, idsOf(TEXTS), adapter))
    assert.ok(Math.hypot(...whole.gradients.get('text.0.down.weight')!) > 1e-4)
    assertSame(packed, whole, ROUNDING)
  }))

test('texts of all lengths together: as one text at a time, in the order given', () =>
  withAdapter({ ...MIDDLE, layers: [1, 4] }, async (adapter) => {
    const together = await differentiate(adapter, () => model.encodeText(idsOf(TEXTS), adapter))
    const sum: Outcome = { features: new Float32Array(TEXTS.length * CONFIG.embedDim), gradients: new Map() }
    for (const [i, text] of TEXTS.entries()) {
      const one = await differentiate(adapter, () => model.encodeText(idsOf([text]), adapter), i)
      sum.features.set(one.features, i * CONFIG.embedDim)
      for (const [name, gradient] of one.gradients)
        sum.gradients.set(
          name,
          gradient.map((value, j) => value + (sum.gradients.get(name)?.[j] ?? 0)),
        )
    }
    assertSame(together, sum, ROUNDING)
  }))

test('the tokens of all texts are computed once, those behind end tokens never', () =>
  withAdapter(MIDDLE, async (adapter) => {
    const tokens = TEXTS.flat().length
    const launches = await launchesOf(device, () =>
      differentiate(adapter, () => model.encodeText(idsOf(TEXTS), adapter)),
    )
    const rows = launches.filter(({ op }) => op === 'linear_forward').map(({ numbers }) => numbers[0])
    // Three whole blocks; in the last, keys and values of all, the rest of end tokens only.
    const whole = [tokens, tokens, tokens, tokens]
    const one = TEXTS.length
    assert.equal(rows.slice(0, 16), [...whole, ...whole, ...whole, tokens, one, one, one])
    const lengths = launches
      .filter(({ op }) => op === 'attention_forward')
      .map(({ numbers: [sequences, length] }) => [sequences, length])
    const groups = [2, 4, 8, 12].map((length) => [
      TEXTS.filter((text) => text.length === length).length,
      length,
    ])
    assert.equal(lengths, [...groups, ...groups, ...groups, ...groups])
    const adapted = launches.filter(({ op }) => op === 'msta_adapter_forward')
    assert.equal(
      adapted.map(({ numbers }) => numbers[0]),
      [tokens, one],
    )
  }))

test('a video whose last block computes CLS alone: as with all its tokens', async () => {
  for (const temporal of ['conv', 'depthwise', 'none'] as const)
    await withAdapter({ ...MIDDLE, layers: [1, 4], temporal }, async (adapter) => {
      const short = await differentiate(adapter, () => model.encodeVideo(video(), adapter))
      const whole = await differentiate(adapter, () => wholeVideo(model, video(), adapter))
      assert.ok(Math.hypot(...whole.gradients.get('video.3.up.weight')!) > 1e-4)
      assertSame(short, whole, ROUNDING)
    })
})

test('in bfloat16: the same, up to its rounding', async () => {
  const stored = untrivialModel(CONFIG, 21, 'bfloat16')
  const body = async (adapter: MSTA) => {
    const text = await differentiate(adapter, () => stored.encodeText(idsOf(TEXTS), adapter))
    assertSame(text, await differentiate(adapter, () => wholeText(stored, idsOf(TEXTS), adapter)), BFLOAT16)
    const short = await differentiate(adapter, () => stored.encodeVideo(video(), adapter))
    assertSame(short, await differentiate(adapter, () => wholeVideo(stored, video(), adapter)), BFLOAT16)
  }
  await withAdapter({ ...MIDDLE, layers: [1, 4] }, body, stored)
  stored.dispose()
})

test('in the last block the adapter computes one token of each clip', () =>
  withAdapter({ ...MIDDLE, layers: [1, 4] }, async (adapter) => {
    const launches = await launchesOf(device, () =>
      differentiate(adapter, () => model.encodeVideo(video(), adapter)),
    )
    const rowsOf = (name: string) =>
      launches.filter(({ op }) => op === name).map(({ numbers: [rows] }) => rows)
    assert.equal(rowsOf('msta_adapter_forward'), [26, 26, 26, 2])
    assert.equal(rowsOf('msta_adapter_backward'), [2, 26, 26, 26])
    assert.is(countOf(launches).temporal_conv_backward, 3)
  }))

for (const [name, layers, dropout] of [
  ['the first block', [1, 4], 0],
  ['a middle block', [3, 4], 0],
  ['a middle block, with dropout', [3, 4], 0.4],
  ['the last block', [4, 4], 0],
] as const)
  test(`from a prefix, adapted from ${name} on: the same bits`, () =>
    withAdapter({ ...MIDDLE, layers, dropout }, async (adapter) => {
      adapter.setTraining({ seed: 3, step: 4 })
      const prefixes = scope(() => ({
        video: model.prefixVideo(video(), adapter),
        text: model.prefixText(idsOf(TEXTS), adapter),
      }))
      const { block } = prefixes.text
      assert.equal([prefixes.video.block, block], [layers[0] - 1, layers[0] - 1])
      assert.equal(
        await differentiate(adapter, () => model.encodeText(prefixes.text, adapter)),
        await differentiate(adapter, () => model.encodeText(idsOf(TEXTS), adapter)),
      )
      assert.equal(
        await differentiate(adapter, () => model.encodeVideo(prefixes.video, adapter)),
        await differentiate(adapter, () => model.encodeVideo(video(), adapter)),
      )
      for (const { tokens } of [prefixes.video, prefixes.text]) tokens.dispose()
    }))

test('a prefix that leaves out a block of the adapter is refused', () =>
  withAdapter(MIDDLE, (late) =>
    withAdapter({ ...MIDDLE, layers: [2, 4] }, async (early) => {
      const { video: ofVideo, text: ofText } = scope(() => ({
        video: model.prefixVideo(video(), late),
        text: model.prefixText(idsOf(TEXTS), late),
      }))
      const refused = hasCode('ERR_ARGUMENT', 'below block 3', 'begins at block 2')
      assert.throws(() => model.encodeVideo(ofVideo, early), refused)
      assert.throws(() => model.encodeText(ofText, early), refused)
      for (const { tokens } of [ofVideo, ofText]) tokens.dispose()
    }),
  ))

test('an encoder without an adapter is prefix all the way', () =>
  withAdapter({ ...MIDDLE, text: false }, async (adapter) => {
    const prefix = scope(() => model.prefixText(idsOf(TEXTS), adapter))
    assert.equal([prefix.block, prefix.tokens.shape], [4, [TEXTS.length, 1, 32]])
    const [saved, plain] = scope(() => [
      model.encodeText(prefix, adapter),
      model.encodeText(idsOf(TEXTS), adapter),
    ])
    assert.equal(await saved!.data(), await plain!.data())
    for (const tensor of [saved!, plain!, prefix.tokens]) tensor.dispose()
  }))

const ENCODERS = {
  video: (adapter: MSTA) => model.encodeVideo(video(), adapter),
  text: (adapter: MSTA) => model.encodeText(idsOf(TEXTS), adapter),
}

function packedWeights(): Set<NativeBuffer> {
  const linears = [model.video, model.text].flatMap(({ transformer }) =>
    transformer.blocks.flatMap((block) => block.linears),
  )
  return new Set(
    linears.flatMap((linear) => (Reflect.get(linear, 'packed') as Tensor | undefined)?.buffer ?? []),
  )
}

/** A tape that tells how many bytes it keeps for the backward, parameters and packed weights left out. */
class Weighing extends Tape {
  private readonly kept = new Map<NativeBuffer, number>()

  override add(...entry: Parameters<Tape['add']>): void {
    const [, , , saved] = entry
    for (const tensor of saved) if (!tensor.isEvicted) this.kept.set(tensor.buffer, tensor.bytes)
    super.add(...entry)
  }

  bytesBut(parameters: readonly Tensor[]): number {
    const own = packedWeights()
    for (const tensor of parameters) if (!tensor.isEvicted) own.add(tensor.buffer)
    let bytes = 0
    for (const [buffer, size] of this.kept) if (!own.has(buffer)) bytes += size
    return bytes
  }
}

function bytesKept(adapter: MSTA, forward: () => Tensor): number {
  const tape = new Weighing()
  tape.watch(() => scope(forward)).dispose()
  const parameters = [model.parameters, adapter.parameters].flatMap((store) => [...store.entries()])
  const kept = tape.bytesBut(parameters.map(([, tensor]) => tensor))
  tape.dispose()
  return kept
}

for (const [name, encode] of Object.entries(ENCODERS)) {
  test(`${name}: below the first adapted block nothing runs backward`, () =>
    withAdapter(MIDDLE, async (adapter) => {
      const launches = await launchesOf(device, () => differentiate(adapter, () => encode(adapter)))
      const groups = launches.filter(({ op }) => op === 'attention_forward').length / 4
      assert.equal(countOf(launches, /backward$/), {
        // Of block 4: its linear layers, its attention, its norms. The embeddings' projection is one kernel with the
        // backward of linear, and has the norm before it.
        linear_backward: 4 + 1,
        attention_backward: groups,
        layer_norm_backward: 2 + 1,
        msta_adapter_backward: 2,
        gather_rows_backward: name === 'video' ? 2 : 4,
        softmax_cross_entropy_backward: 1,
        ...(name === 'video' && { temporal_conv_backward: 1 }),
      })
    }))

  test(`${name}: below the first adapted block nothing is kept`, () =>
    withAdapter(MIDDLE, async (adapter) => {
      const prefix = scope(() => ({
        video: model.prefixVideo(video(), adapter),
        text: model.prefixText(idsOf(TEXTS), adapter),
      }))
      const fromPrefix = {
        video: () => model.encodeVideo(prefix.video, adapter),
        text: () => model.encodeText(prefix.text, adapter),
      }[name as 'video' | 'text']
      assert.is(
        bytesKept(adapter, () => encode(adapter)),
        bytesKept(adapter, fromPrefix),
      )
      for (const { tokens } of Object.values(prefix)) tokens.dispose()
      const launches = await launchesOf(device, () => bytesKept(adapter, () => encode(adapter)))
      const first = launches.findIndex(({ op }) => op === 'msta_adapter_forward')
      assert.ok(first > 0)
      for (const { op, shapes } of launches.slice(0, first))
        for (const operand of ['pre', 'mean', 'rstd', 'logsumexp'])
          assert.not(operand in shapes, `${op} computes ${operand} for a backward`)
    }))
}

test('a frozen block with a gradient keeps what its backward reads, once; its adapter only its inner path', async () => {
  const keptWith = async (...blocks: number[]) => {
    let kept = 0
    await withAdapter({ ...MIDDLE, layers: { blocks } }, async (adapter) => {
      kept = bytesKept(adapter, () => model.encodeVideo(video(), adapter))
    })
    return kept
  }
  const { width, heads } = CONFIG.video
  const bare = await keptWith(2)
  // x, q, k, v, attention's output, the residual after it; the statistics of the first norm; a logsumexp a head.
  const attention = 6 * width + 2 + heads
  // The four of the MLP before its activation and the second norm's statistics, where they are not computed again.
  const ofBlock = device.name === 'cpu' ? attention : attention + 4 * width + 2
  assert.is(bare - (await keptWith(3)), 26 * ofBlock * 4)
  // Both sides of the shared projection.
  assert.is((await keptWith(2, 3)) - bare, 26 * 2 * MIDDLE.dim! * 4)
})

savings.run()
