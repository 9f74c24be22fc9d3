import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { resolveMstaConfig } from '../../lib/adapters/msta/config.js'
import { mstaMacs } from '../../lib/adapters/msta/flops.js'
import { CLIP_B16 } from '../../lib/models/clip/sizes.js'
import { VICLIP_B16 } from '../../lib/models/viclip/config.js'
import { blockMacs, clipFrameMacs, textMacs, viclipMacs, videoMacs } from '../../lib/models/viclip/flops.js'

const flops = suite('multiply-accumulates')
const giga = (macs: number, digits: number): string => (macs / 1e9).toFixed(digits)

flops('a B/16 clip takes 179.56 G, 0.925 G of it for patches', () => {
  const { patches, block, blocks, projection, total } = videoMacs(VICLIP_B16)
  assert.is(giga(total, 2), '179.56')
  assert.is(giga(patches, 3), '0.925')
  assert.is(block.total, 12 * 768 ** 2 * 1569 + 2 * 1569 ** 2 * 768)
  assert.is(blocks.total, 12 * block.total)
  assert.is(blocks.attentionProjections + blocks.attentionScores + blocks.mlp, blocks.total)
  assert.is(projection, 768 * 512)
  assert.is(total, patches + blocks.total + projection)
})

flops("a CLIP B/16 frame takes 17.56 G, the paper's 141 and 281 for 8 and 16", () => {
  const frame = clipFrameMacs(VICLIP_B16)
  assert.is(giga(frame, 2), '17.56')
  assert.is(giga(8 * frame, 0), '141')
  assert.is(giga(16 * frame, 0), '281')
})

flops('a frame-wise clip costs its frames, and nothing across them', () => {
  const { patches, block, projection, total } = videoMacs(CLIP_B16)
  assert.is(total, 8 * clipFrameMacs(CLIP_B16))
  assert.is(block.attentionScores, 8 * 2 * 197 ** 2 * 768)
  assert.is(projection, 8 * 768 * 512)
  assert.is(patches, videoMacs(VICLIP_B16).patches)
  assert.is(textMacs(CLIP_B16, 1).length, 77)
})

flops('prompts cost by their number and length', () => {
  const { block, total, projection } = textMacs(VICLIP_B16, 3, 10)
  assert.is(block.total, 3 * blockMacs(10, 512).total)
  assert.is(projection, 3 * 512 * 512)
  assert.is(total, 12 * block.total + projection)
  assert.is(textMacs(VICLIP_B16, 1).length, 32)
  const all = viclipMacs(VICLIP_B16, 5)
  assert.is(all.total, all.video.total + all.text.total + 5 * 512)
})

flops('the adapter adds its four parts in the adapted blocks', () => {
  const config = resolveMstaConfig({ dim: 128, layers: [8, 12] }, VICLIP_B16)
  const { video, text, total } = mstaMacs(config, VICLIP_B16, 2, 7)
  assert.is(video.down, 5 * 1569 * 768 * 128)
  assert.is(video.up, video.down)
  assert.is(video.shared, 5 * 1569 * 128 * 128)
  assert.is(video.temporal, 5 * 1568 * 768 * 3)
  assert.is(text.down, 5 * 14 * 512 * 128)
  assert.is(text.temporal, 0)
  assert.is(total, video.total + text.total)
  const bare = resolveMstaConfig({ shared: false, temporal: 'none', text: false }, VICLIP_B16)
  const without = mstaMacs(bare, VICLIP_B16, 2)
  assert.equal([without.video.shared, without.video.temporal, without.text.total], [0, 0, 0])
})

flops.run()
