import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FullTuning } from '../../lib/adapters/full/full.js'
import { MSTA } from '../../lib/adapters/msta/msta.js'
import { ViClipModel } from '../../lib/models/viclip/model.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Ids } from '../../lib/tensor/shape.js'
import { AdamW } from '../../lib/train/optimizer.js'
import { trainStep } from '../../lib/train/step.js'
import { testTransforms } from '../../lib/video/transforms.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { seededRandom } from '../support/random.js'
import { noLeaks } from '../tensor/no-leaks.js'

const steps = suite('trainStep')
const test = noLeaks(steps)
const PROMPTS = { data: [30, 4, 39, 30, 5, 39], shape: [2, 3] as Ids }
const random = seededRandom(4)
const clips = [0, 1, 2].map((entry) => ({
  entry,
  frames: Uint8Array.from({ length: 3 * 10 * 12 * 3 }, () => Math.floor(256 * random())),
  height: 10,
  width: 12,
  transforms: testTransforms(12, 10, { size: 8, crops: 1 }),
}))
const BATCH = { clips, labels: [0, 1, 1] }
let model: ViClipModel

const makeModel = () =>
  ViClipModel.random(testDevice(), {
    video: { resolution: 8, patchSize: 4, frames: 3, width: 12, layers: 2, heads: 2 },
    text: { width: 10, layers: 2, heads: 2, contextLength: 6, vocabularySize: 40 },
    embedDim: 7,
  })

steps.before(async () => {
  model = makeModel()
  // Packs the frozen weights, so that the levels of memory compare.
  await afterOneStep()
})
steps.after(() => model.dispose())

interface Trial {
  adapter: MSTA
  optimizer: AdamW
  step: (options?: {
    signal?: AbortSignal
    labels?: number[]
    maxGradientNorm?: number
  }) => ReturnType<typeof trainStep>
}

async function trial(body: (trial: Trial) => Promise<void>): Promise<void> {
  const adapter = MSTA.attach(model, { dim: 4, layers: [1, 2], alpha: 0.5, dropout: 0.3, seed: 2 })
  const optimizer = new AdamW(adapter.parameters.entries())
  const context = {
    adapter,
    optimizer,
    prompts: PROMPTS,
    consistency: undefined,
    seed: 1,
    maxGradientNorm: 0,
  }
  const step: Trial['step'] = ({ signal, labels = BATCH.labels, maxGradientNorm = 0 } = {}) =>
    trainStep({ ...context, maxGradientNorm }, { clips, labels }, { step: 3, learningRate: 0.1, signal })
  try {
    await body({ adapter, optimizer, step })
  } finally {
    optimizer.dispose()
    adapter.dispose()
  }
}

/** Values of the adapter after one whole step. */
async function afterOneStep() {
  let values: Awaited<ReturnType<MSTA['parameters']['values']>> = new Map()
  await trial(async ({ adapter, step }) => {
    await step()
    values = await adapter.parameters.values()
  })
  return values
}

test('an abort once the update has begun comes too late: the update is whole', async () => {
  const expected = await afterOneStep()
  await trial(async ({ adapter, optimizer, step }) => {
    const controller = new AbortController()
    const update = optimizer.step.bind(optimizer)
    let parts = 0
    optimizer.step = (gradients, rate) => {
      update(
        new Proxy(gradients, {
          get: (target, key) => {
            // In the middle of the parameters.
            if (key === 'get' && ++parts === 7) controller.abort(new Error('enough'))
            return Reflect.get(target, key).bind(target)
          },
        }),
        rate,
      )
    }
    assert.ok(Number.isFinite((await step({ signal: controller.signal })).loss))
    assert.ok(controller.signal.aborted)
    assert.equal(await adapter.parameters.values(), expected)
  })
})

test('an abort before that leaves everything as it was', async () => {
  await trial(async ({ adapter, optimizer, step }) => {
    const before = await adapter.parameters.values()
    const reason = new Error('enough')
    assert.is(await rejection(step({ signal: AbortSignal.abort(reason) })), reason)
    const controller = new AbortController()
    const running = rejection(step({ signal: controller.signal }))
    controller.abort(reason)
    assert.is(await running, reason)
    assert.is(optimizer.steps, 0)
    assert.equal(await adapter.parameters.values(), before)
    await step()
    assert.equal(await adapter.parameters.values(), await afterOneStep())
  })
})

test('a model tuned as a whole that is used in the middle of a step shows no weights of before', async () => {
  const tuned = makeModel()
  const adapter = FullTuning.attach(tuned)
  const optimizer = new AdamW(adapter.parameters.entries())
  const context = {
    adapter,
    optimizer,
    prompts: PROMPTS,
    consistency: undefined,
    seed: 1,
    maxGradientNorm: 0,
  }
  const features = async () => {
    const encoded = scope(() => tuned.encodeText(PROMPTS))
    const values = await encoded.data()
    encoded.dispose()
    return values
  }
  const before = await features()
  const update = optimizer.step.bind(optimizer)
  let meanwhile: Promise<Float32Array> | undefined
  optimizer.step = (gradients, rate) => {
    meanwhile = features()
    update(gradients, rate)
  }
  await trainStep(context, BATCH, { step: 3, learningRate: 0.1 })
  assert.equal(await meanwhile, before)
  const after = await features()
  assert.not.equal(after, before)
  tuned.forgetPacked()
  assert.equal(await features(), after)
  for (const each of [optimizer, adapter, tuned]) each.dispose()
})

test('a batch that cannot be computed updates nothing', async () => {
  await trial(async ({ adapter, optimizer, step }) => {
    const before = await adapter.parameters.values()
    const error = (await rejection(step({ labels: [0, 1, 2] }))) as { op?: string }
    assert.match(error.op ?? '', 'softmax_cross_entropy')
    const bias = adapter.parameters.get('video.0.up.bias')
    bias.set(new Float32Array(bias.size).fill(Number.POSITIVE_INFINITY))
    assert.ok(hasCode('ERR_TRAIN', 'step 3')(await rejection(step())))
    bias.set(before.get('video.0.up.bias')!.data)
    assert.is(optimizer.steps, 0)
    assert.equal(await adapter.parameters.values(), before)
  })
})

/** The norm of the gradients that the first update saw: AdamW's first moment is a tenth of them. */
async function seenNorm(optimizer: AdamW): Promise<number> {
  let squares = 0
  for (const [name, { data }] of (await optimizer.state()).moments)
    if (name.endsWith('.first')) for (const value of data) squares += (value / 0.1) ** 2
  return Math.sqrt(squares)
}

test('a step tells the norm of its gradients, and scales longer ones', async () => {
  let norm = 0
  await trial(async ({ optimizer, step }) => {
    norm = (await step()).gradientNorm
    const seen = await seenNorm(optimizer)
    assert.ok(Math.abs(norm - seen) <= 1e-5 * norm, `${norm} instead of ${seen}`)
  })
  for (const [maxGradientNorm, expected] of [
    [norm / 7, norm / 7],
    [norm * 2, norm],
  ] as const)
    await trial(async ({ optimizer, step }) => {
      assert.is((await step({ maxGradientNorm })).gradientNorm, norm)
      const seen = await seenNorm(optimizer)
      assert.ok(Math.abs(seen - expected) <= 1e-4 * expected, `${seen} instead of ${expected}`)
    })
})

test('dropout is on in a step and off after it', async () => {
  await trial(async ({ adapter, step }) => {
    const seen: unknown[] = []
    const own = adapter.setTraining.bind(adapter)
    adapter.setTraining = (training) => {
      seen.push(training)
      own(training)
    }
    await step()
    // On for each part of the forward pass, off in between: others may use the adapter then.
    assert.ok(seen.length >= 2)
    for (const [i, training] of seen.entries())
      assert.equal(training, i % 2 === 0 ? { seed: 1, step: 3 } : null)
    await rejection(step({ labels: [0] }))
    assert.is(seen.at(-1), null, 'a step that fails must turn it off too')
  })
})

steps.run()
