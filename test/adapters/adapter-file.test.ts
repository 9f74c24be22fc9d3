/** Where an adapter is looked for, and files whose settings ask for more than they hold. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { convertAdapter } from '../../lib/adapters/convert-adapter.js'
import { loadAdapter } from '../../lib/adapters/methods.js'
import { readAll, type TensorToWrite, writeSafetensors } from '../../lib/formats/safetensors.js'
import { ViClipModel } from '../../lib/models/viclip/model.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { observe } from '../support/observe.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { CONFIG, OPTIONS, untrivialAdapter } from './adapted-model.js'

const files = suite('adapter files')
const test = noLeaks(files)
const { folder, remove } = makeFolder()
files.after(remove)

/** Saves an adapter of each method, for a model that lives as long as `body` runs. */
async function withFile(
  method: 'msta' | 'adaptformer' | 'lora',
  body: (model: ViClipModel, file: string) => Promise<void>,
): Promise<void> {
  const model = ViClipModel.random(testDevice(), CONFIG, 1)
  const adapter = untrivialAdapter(model, OPTIONS[method])
  const file = path.join(folder, `${method}.safetensors`)
  await adapter.save(file)
  adapter.dispose()
  await body(model, file)
  model.dispose()
}

/** The same tensors under other settings. */
async function withSettings(file: string, change: object): Promise<string> {
  const { metadata, tensors } = await readAll(file)
  const settings = JSON.stringify({ ...JSON.parse(metadata.settings!), ...change })
  const changed = path.join(folder, 'changed.safetensors')
  await writeSafetensors(changed, tensors as Map<string, TensorToWrite>, { ...metadata, settings })
  return changed
}

for (const [method, size] of [
  ['msta', 'dim'],
  ['adaptformer', 'dim'],
  ['lora', 'rank'],
] as const)
  test(`${method}: settings that ask for more than the file holds take no memory`, () =>
    withFile(method, async (model, file) => {
      const folderOf = path.join(folder, `${method}-peft`)
      const sizes = [1e6, 2 ** 40, Number.MAX_SAFE_INTEGER]
      const { device } = model
      device.resetPeakMemory()
      const before = device.memory().peak
      let refused = 0
      for (const value of sizes) {
        const changed = await withSettings(file, { [size]: value })
        const error = await rejection(loadAdapter(model, changed))
        assert.ok(hasCode('ERR_CHECKPOINT', changed, 'mis-shaped', String(value))(error))
        refused++
        if (method === 'lora') continue
        await convertAdapter(changed, folderOf, { to: 'peft' })
        const ofFolder = await rejection(loadAdapter(model, folderOf))
        assert.ok(hasCode('ERR_CHECKPOINT', folderOf, 'mis-shaped')(ofFolder))
        refused++
      }
      assert.is(device.memory().peak, before)
      observe('hugeSizes', { 'adapter files and folders refused': refused })
      observe('hugeSizes', { 'bytes of memory taken for them': device.memory().peak - before })
    }))

test('a run folder is taken for its last adapter; one without any is refused', () =>
  withFile('msta', async (model, file) => {
    const run = path.join(folder, 'run')
    mkdirSync(run)
    writeFileSync(path.join(run, 'config.json'), '{}')
    const none = await rejection(loadAdapter(model, run))
    assert.ok(hasCode('ERR_CHECKPOINT', run, 'adapter_config.json', 'adapter.safetensors')(none))
    cpSync(file, path.join(run, 'adapter.safetensors'))
    const [ofFile, ofRun] = [await loadAdapter(model, file), await loadAdapter(model, run)]
    assert.equal(await ofRun.parameters.values(), await ofFile.parameters.values())
    for (const each of [ofFile, ofRun]) each.dispose()
    writeFileSync(path.join(run, 'adapter.safetensors'), 'no adapter')
    const damaged = await rejection(loadAdapter(model, run))
    assert.ok(hasCode('ERR_FORMAT', path.join(run, 'adapter.safetensors'))(damaged))
  }))

files.run()
