import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { msta, mstaJson } from './helpers.js'

const flops = suite('msta flops')

interface Flops {
  macs: Record<string, number> & {
    adapter: Record<string, number> | null
    text: Record<string, number> & { adapter: Record<string, number> | null }
  }
  params: { total: number; trainable: number; model: number }
}

const PARTS = ['patches', 'attentionProjections', 'attentionScores', 'mlp', 'projection']

async function count(...args: string[]): Promise<Flops> {
  const { json, status, stderr } = await mstaJson<Flops>(['flops', ...args], {
    env: { MSTA_NATIVE_BINARY: '/nonexistent' },
  })
  assert.is(stderr, '')
  assert.is(status, 0)
  const { macs } = json
  const parts = PARTS.reduce((sum, part) => sum + macs[part]!, macs.adapter?.total ?? 0)
  assert.is(macs.total, parts, 'the parts add up to the total')
  return json
}

flops('a B/16 clip takes 179.56 G, the prompts are counted apart', async () => {
  const { macs, params } = await count('--model', 'b16')
  assert.is((macs.total! / 1e9).toFixed(2), '179.56')
  assert.is((macs.patches! / 1e9).toFixed(3), '0.925')
  assert.is((macs.clipFrame! / 1e9).toFixed(2), '17.56')
  assert.equal(params, { total: 149_603_841, trainable: 0, model: 149_603_841, adapter: 0 })
  const many = await count('--model', 'b16', '--prompts', '101')
  assert.is(many.macs.total, macs.total)
  assert.is(many.macs.text.total, 101 * macs.text.total!)
})

flops("a clip of CLIP's is its frames, 17.56 G each; all but its words is tuned", async () => {
  const frame = (await count('--model', 'b16')).macs.clipFrame!
  for (const [frames, giga] of [
    [8, '141'],
    [16, '281'],
  ] as const) {
    const { macs, params } = await count('--model', 'clip-b16', '--frames', `${frames}`, '--adapter', 'full')
    assert.is(macs.total, frames * frame)
    assert.is((macs.total! / 1e9).toFixed(0), giga)
    assert.equal(params, { total: 149_620_737, trainable: 124_323_841, model: 149_620_737, adapter: 0 })
    const { stdout } = await msta([
      'flops',
      '--model',
      'clip-b16',
      '--frames',
      `${frames}`,
      '--adapter',
      'full',
    ])
    assert.match(stdout, new RegExp(`on ${frames} frames .*the paper prints ${giga}\n`))
    assert.match(stdout, /124,323,841 {2}all but the token embedding, with logit_scale/)
  }
  assert.is((await count('--model', 'clip-l14')).params.total, 427_616_513)
  assert.match((await msta(['flops', '--adapter', 'full'])).stdout, /124,306,944 .* and the temperature/)
  const refused = await msta(['flops', '--model', 'clip-b16', '--adapter', 'msta'])
  assert.is(refused.status, 2)
  assert.match(refused.stderr, 'temporal none')
})

flops("more frames are more tokens, and no figure of the paper's", async () => {
  const { macs } = await count('--frames', '16')
  assert.is(macs.patches, 2 * (await count()).macs.patches!)
  assert.not.match((await msta(['flops', '--frames', '16'])).stdout, 'the paper prints 161.74')
})

flops("L/14's parameters are the published ones", async () => {
  assert.is((await count('--model', 'l14')).params.total, 427_590_145)
})

flops("the adapter's parameters are the paper's", async () => {
  const few = await count('--adapter', 'msta', '--dim', '128', '--layers', '8-12')
  assert.is(few.params.trainable, 1_744_000)
  assert.is(few.params.total, 149_603_841 + 1_744_000)
  assert.is(few.macs.adapter!.down, 5 * 1569 * 768 * 128)
  const all = await count('--adapter', 'msta', '--dim', '256', '--layers', '1-12')
  assert.is(all.params.trainable, 8_712_192)
})

flops('other ways of tuning count, too', async () => {
  const model = 149_603_841
  const adaptFormer = await count('--adapter', 'adaptformer')
  assert.equal([adaptFormer.params.trainable, adaptFormer.params.total], [7_885_824, model + 7_885_824])
  assert.is(adaptFormer.macs.adapter!.total, 12 * 1569 * 2 * 768 * 256)
  const lora = await count('--adapter', 'lora', '--rank', '8', '--text')
  assert.equal([lora.params.trainable, lora.params.total], [491_520, model + 491_520])
  assert.is(lora.macs.adapter!.total, 12 * 1569 * 4 * 768 * 8)
  assert.is(lora.macs.text.adapter!.total, 12 * 32 * 4 * 512 * 8)
  assert.is((await count('--adapter', 'lora')).params.trainable, 9_437_184)
  const full = await count('--adapter', 'full')
  assert.equal([full.params.trainable, full.params.total, full.macs.adapter!.total], [124_306_944, model, 0])
  const { status, stderr } = await msta(['flops', '--adapter', 'msta', '--rank', '8'])
  assert.is(status, 2)
  assert.match(stderr, 'msta has no option "rank"')
})

flops('switches of the adapter count', async () => {
  const bare = await count('--adapter', 'msta', '--no-shared', '--no-text', '--temporal', 'none')
  assert.equal(
    [bare.macs.adapter!.shared, bare.macs.adapter!.temporal, bare.macs.text.adapter!.total],
    [0, 0, 0],
  )
  const { status, stderr } = await msta(['flops', '--adapter', 'msta', '--layers', '8-99'])
  assert.is(status, 2)
  assert.match(stderr, 'ERR_ARGUMENT')
})

flops("people get the table with the paper's figures beside ours", async () => {
  const { stdout } = await msta(['flops', '--adapter', 'msta'])
  for (const part of ['attention scores', 'temporal', '179.8 to 179.84', '1,744,000', '281'])
    assert.match(stdout, part)
})

flops.run()
