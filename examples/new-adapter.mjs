// A way of tuning of one's own, in one file: trained, saved and loaded as those of the package are.
//
//   node examples/new-adapter.mjs [FOLDER]

import path from 'node:path'
import {
  BlockAdapters,
  evaluate,
  fillKaimingUniform,
  fillZero,
  generateMotionDataset,
  linear,
  readAdapterFile,
  resolveRecipe,
  train,
  ViCLIP,
} from 'msta-native'

/** @typedef {import('msta-native').AdaptedBlocks & { dim: number }} BottleneckConfig */

/**
 * The bottleneck of Houlsby et al. (arXiv 1902.00751) behind each adapted block: y = x + U relu(D x), with x the
 * block's output. Gradients come from the operations: there is no backward pass to write.
 *
 * @extends {BlockAdapters<BottleneckConfig>}
 */
class Bottleneck extends BlockAdapters {
  /** Written into its file. */
  method = 'bottleneck'

  /**
   * One that changes nothing yet: D random, U and the biases zero.
   *
   * @param {ViCLIP} target
   * @param {BottleneckConfig} config `layers`: its blocks, counted from 1
   */
  static attach({ model }, config, seed = 0) {
    const adapter = new Bottleneck(model, config, shapesOf(config, model))
    return adapter.initialise((weight, name, stream) => {
      if (name.endsWith('.up.weight')) fillZero(weight)
      else fillKaimingUniform(weight, { seed, stream })
    })
  }

  /**
   * @param {ViCLIP} target
   * @param {string} file
   */
  static async load({ model }, file) {
    const { config, values } = await readAdapterFile(file, model, {
      method: 'bottleneck',
      resolve: (/** @type {BottleneckConfig} */ settings) => settings,
      shapesOf: (config) => shapesOf(config, model),
    })
    return new Bottleneck(model, config, shapesOf(config, model)).fill(values)
  }

  /**
   * What it does in one block, counted from 0.
   *
   * @protected
   * @override
   * @param {'video' | 'text'} encoder
   * @param {number} block
   * @returns {import('msta-native').BlockAdapter}
   */
  makeBlock(encoder, block) {
    const parameter = (/** @type {string} */ name) => this.parameters.get(`${encoder}.${block}.${name}`)
    const [down, downBias] = [parameter('down.weight'), parameter('down.bias')]
    const [up, upBias] = [parameter('up.weight'), parameter('up.bias')]
    return {
      adapt({ output }) {
        const hidden = linear(output, down, { bias: downBias, activation: 'relu' })
        return linear(hidden, up, { bias: upBias, residual: output })
      },
    }
  }
}

/**
 * Every parameter by its name.
 *
 * @param {BottleneckConfig} config
 * @param {import('msta-native').ViClipModel} model
 */
function shapesOf({ layers, dim, video, text }, { config }) {
  const shapes = new Map()
  for (const encoder of /** @type {const} */ (['video', 'text'])) {
    const isAdapted = encoder === 'video' ? video : text
    const { width, layers: depth } = config[encoder]
    for (const layer of layers.filter((each) => isAdapted && each <= depth)) {
      shapes.set(`${encoder}.${layer - 1}.down.weight`, [dim, width])
      shapes.set(`${encoder}.${layer - 1}.down.bias`, [dim])
      shapes.set(`${encoder}.${layer - 1}.up.weight`, [width, dim])
      shapes.set(`${encoder}.${layer - 1}.up.bias`, [width])
    }
  }
  return shapes
}

const folder = process.argv[2] ?? 'runs/new-adapter'
const made = await generateMotionDataset(path.join(folder, 'clips'), {
  classes: ['growing while moving left', 'growing while moving right', 'growing while moving up'],
  trainPerClass: 8,
  testPerClass: 8,
  seed: 5,
})
const data = { root: made.root, list: made.train, labels: made.labels }
const unseen = { ...data, list: made.test }

const model = await ViCLIP.load('msta-tiny')
const adapter = Bottleneck.attach(model, { layers: [2, 3, 4], video: true, text: true, dim: 16 })
const before = await evaluate({ model, adapter, data: unseen })
const recipe = await resolveRecipe('few-shot', [
  ...['lambda=0', 'epochs=15', 'batchSize=8', 'learningRate=0.003', 'warmupEpochs=1', 'augmentation=none'],
])
await train({ model, adapter, data, recipe, cacheVideoPrefix: 64 })
const after = await evaluate({ model, adapter, data: unseen })
console.log(
  `${adapter.parameters.count} parameters: ${before.top1.toFixed(3)} before, ${after.top1.toFixed(3)} after`,
)

const file = path.join(folder, 'bottleneck.safetensors')
await adapter.save(file)
const loaded = await Bottleneck.load(model, file)
const again = await evaluate({ model, adapter: loaded, data: unseen })
console.log(`loaded from its file: ${again.top1.toFixed(3)}`)

loaded.dispose()
adapter.dispose()
model.dispose()
