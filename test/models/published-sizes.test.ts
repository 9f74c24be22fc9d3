/** Both published sizes, in every layout: recognised and converted, by stand-ins without numbers. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TensorEntry, TensorFile } from '../../lib/formats/safetensors.js'
import { CLIP_B16, CLIP_L14 } from '../../lib/models/clip/sizes.js'
import { composeModel } from '../../lib/models/layouts/compose.js'
import { clipHubConfig, viclipHubConfig } from '../../lib/models/layouts/hub-config.js'
import { HUGGING_FACE_LAYOUT } from '../../lib/models/layouts/hugging-face.js'
import { FORMS, type Layout } from '../../lib/models/layouts/layout.js'
import { recogniseCheckpoint } from '../../lib/models/layouts/open-checkpoint.js'
import { OPENAI_LAYOUT, VIFI_LAYOUT } from '../../lib/models/layouts/openai.js'
import { VICLIP_LAYOUT } from '../../lib/models/layouts/viclip.js'
import { expectedTensors, VICLIP_B16, VICLIP_L14, type ViClipConfig } from '../../lib/models/viclip/config.js'

const sizes = suite('published sizes')

/** A file of a model's tensors in a layout, without any bytes. */
function standIn(config: ViClipConfig, layout: Layout): TensorFile {
  const tensors = new Map<string, TensorEntry>()
  let offset = 0
  for (const [parameter, shape] of expectedTensors(config)) {
    if (parameter === layout.lacks) continue
    const { names, form } = layout.locate(parameter)
    for (const name of names) {
      const stored = FORMS[form].toFile(shape)
      const bytes = stored.reduce((product, size) => product * size, 4)
      tensors.set(name, { dtype: 'F32', shape: stored, path: '/stand-in/model', offset, bytes })
      offset += bytes
    }
  }
  return { path: '/stand-in/model', metadata: {}, tensors, stateDictPath: '' }
}

const shapesOf = (tensors: ReadonlyMap<string, { shape: readonly number[] }>) =>
  new Map([...tensors].map(([name, { shape }]) => [name, [...shape]]))

const open = (config: ViClipConfig, layout: Layout) =>
  recogniseCheckpoint(standIn(config, layout), layout.lacks ? standIn(config, OPENAI_LAYOUT) : undefined, {})

for (const [name, viclip, clip, letter] of [
  ['B/16', VICLIP_B16, CLIP_B16, 'b'],
  ['L/14', VICLIP_L14, CLIP_L14, 'l'],
] as const) {
  sizes(`${name} is recognised in every layout`, async () => {
    assert.equal((await open(viclip, VICLIP_LAYOUT)).config, viclip)
    for (const layout of [OPENAI_LAYOUT, HUGGING_FACE_LAYOUT, VIFI_LAYOUT])
      assert.equal((await open(clip, layout)).config, clip, layout.title)
  })

  sizes(`${name} is converted: every tensor has its shape, and as many bytes as that takes`, async () => {
    for (const from of [OPENAI_LAYOUT, HUGGING_FACE_LAYOUT, VIFI_LAYOUT])
      for (const to of [OPENAI_LAYOUT, HUGGING_FACE_LAYOUT, VICLIP_LAYOUT]) {
        const { config, tensors } = composeModel(await open(clip, from), to)
        assert.equal(config, to.isClip ? clip : viclip)
        assert.equal(shapesOf(tensors), shapesOf(standIn(config, to).tensors), `${from.title} to ${to.title}`)
        for (const [tensor, { shape, parts }] of tensors) {
          const expected = shape.reduce((product, size) => product * size, 4)
          const bytes = parts.reduce((sum, part) => sum + ('bytes' in part ? part.bytes : Number.NaN), 0)
          assert.ok(bytes === expected || Number.isNaN(bytes), `${tensor}: ${bytes} of ${expected}`)
        }
      }
  })

  sizes(`${name} has the config.json that the hub's has`, () => {
    assert.equal(viclipHubConfig(viclip), { size: letter })
    assert.equal(viclipHubConfig({ ...viclip, embedDim: 640 }), undefined)
    assert.is(clipHubConfig(clip).projection_dim, viclip.embedDim)
  })
}

sizes.run()
