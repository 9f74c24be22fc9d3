/** The page as people use it. Needs Chromium, else it is skipped. `MSTA_SCREENSHOTS=FOLDER` keeps what it looks like. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { initFolderDataset, type ServeHandle, serve, ViCLIP } from '../../lib/index.js'
import { Browser, findChromium, type View } from '../report/browser.js'
import { skipUnless } from '../support/skip.js'
import { makeFolder } from '../video/helpers.js'

const suiteOf = suite('serve in a browser')
const chromium = findChromium()
const test = skipUnless(suiteOf, chromium !== undefined, 'there is no chromium (MSTA_CHROMIUM)')
const { folder, remove } = makeFolder()
const data = path.join(folder, 'my-actions')
const clip = path.join(data, 'clip-to-try.mp4')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const FAKE_CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
const DESK: View = { width: 1200, isDark: false, isHeldToPolicy: true }
const VIEWS: Record<string, View> = {
  light: { width: 1200, isDark: false },
  dark: { width: 1200, isDark: true },
  'light, on a phone': { width: 360, isDark: false },
  'dark, on a phone': { width: 360, isDark: true },
}
let browser: Browser
let model: ViCLIP
let server: ServeHandle

suiteOf.before(async () => {
  if (chromium === undefined) return
  await initFolderDataset(data, { example: true })
  model = await ViCLIP.load('msta-tiny', { device: 'cpu' })
  server = await serve({ model, data, out: path.join(folder, 'my-actions-run'), changes: ['epochs=4'] })
  browser = new Browser(chromium, FAKE_CAMERA)
})
suiteOf.after(async () => {
  await browser?.close()
  await server?.close()
  model?.dispose()
  remove()
})

const textOf = (id: string) => browser.evaluate<string>(`document.getElementById('${id}').textContent`)
const press = (id: string) => browser.evaluate(`document.getElementById('${id}').click()`)
const type = (id: string, text: string) =>
  browser.evaluate(`document.getElementById('${id}').value = ${JSON.stringify(text)}`)
const isDone = "document.getElementById('cancel').hidden && document.querySelector('#ranking li')"

async function look(name: string): Promise<void> {
  const { MSTA_SCREENSHOTS } = process.env
  if (!MSTA_SCREENSHOTS) return
  mkdirSync(MSTA_SCREENSHOTS, { recursive: true })
  writeFileSync(path.join(MSTA_SCREENSHOTS, `${name}.png`), await browser.screenshot())
}

async function open(view: View): Promise<void> {
  await browser.open(server.url, view)
  await browser.until("!document.getElementById('data-part').hidden")
}

async function recognise(): Promise<void> {
  await browser.choose('#file', clip)
  await browser.until("!document.getElementById('recognise').disabled")
  await press('recognise')
  await browser.until(isDone)
}

test('a clip is chosen, recognised, shown over time, and added to a class old or new', async () => {
  await open(DESK)
  assert.match(await textOf('model'), 'not trained on your clips')
  const labels = await browser.evaluate<string>("document.getElementById('labels').value")
  assert.match(labels, 'growing while moving left, ')
  assert.ok(await browser.evaluate("document.getElementById('recognise').disabled"))
  await type('window', '0.5')
  await recognise()
  assert.is(await browser.evaluate("document.querySelectorAll('#ranking li').length"), 4)
  assert.is(await browser.evaluate("document.querySelectorAll('#timeline li').length"), 3)
  await browser.evaluate("document.querySelectorAll('#timeline button')[2].click()")
  await browser.until("document.getElementById('preview').currentTime > 0.9")

  await type('labels', 'moving left, moving right')
  await press('recognise')
  await browser.until(`${isDone} && document.querySelectorAll('#ranking li').length === 2`)

  for (const [name, said] of [
    ['Growing while moving LEFT', 'growing while moving left'],
    ['jumping jacks', 'jumping jacks'],
  ]) {
    await browser.choose('#file', clip)
    await type('class', name!)
    await press('add-clip')
    await browser.until(`document.getElementById('add-status').textContent.includes('Added to ${said}')`)
  }
  await browser.until("document.getElementById('classes').textContent.includes('jumping jacks1 clip')")
  assert.match(await textOf('classes'), 'growing while moving left11 clips')
  assert.is(readdirSync(path.join(data, 'jumping jacks')).length, 1)
  assert.equal(browser.errors, [])
})

test('what is no video, and a name that is none, are told on the page', async () => {
  await open(DESK)
  const broken = path.join(folder, 'broken.mp4')
  writeFileSync(broken, 'no video')
  await browser.choose('#file', broken)
  await browser.until("!document.getElementById('recognise').disabled")
  await press('recognise')
  await browser.until(
    "document.getElementById('answer-status').textContent.includes('no frame can be decoded')",
  )
  await type('class', '../up')
  await press('add-clip')
  await browser.until("document.getElementById('add-status').textContent.includes('cannot be the name')")
  // Browsers write every failed request on the console; there is nothing else.
  const others = browser.errors.filter((error) => !error.includes('Failed to load resource'))
  assert.equal(others, [])
  browser.errors.length = 0
})

test('a clip is recorded and recognised', async () => {
  await open(DESK)
  await press('record')
  await browser.until("document.getElementById('record').textContent === 'Stop recording'")
  await new Promise((resolve) => setTimeout(resolve, 1200))
  await press('record')
  await browser.until("document.getElementById('clip-name').textContent.startsWith('recording.')")
  await press('recognise')
  await browser.until(isDone)
  assert.equal(browser.errors, [])
})

test('a training shows how far it is, ends, and is used', async () => {
  await open(DESK)
  await press('train')
  await browser.until(
    "document.getElementById('progress').value > 0 && document.getElementById('training').checkVisibility()",
  )
  await look('training')
  // Another page, or the same loaded anew, sees the same training.
  await open(DESK)
  await browser.until("document.getElementById('training-status').textContent.startsWith('Trained.')")
  assert.ok(
    await browser.evaluate(
      "['stop', 'training'].every((id) => !document.getElementById(id).checkVisibility())",
    ),
  )
  assert.match(await textOf('model'), ', trained on your clips')
  await recognise()
  assert.match(await textOf('answer-status'), 'growing while moving left')
  assert.equal(browser.errors, [])
})

interface Fault {
  id: string
  impact: string
  nodes: { html: string; failureSummary: string }[]
}

async function faults(): Promise<string[]> {
  await browser.evaluate(`${AXE}; undefined`)
  const found = await browser.evaluate<Fault[]>('axe.run().then(({ violations }) => violations)')
  return found.map(
    ({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`,
  )
}

test('no accessibility fault, no page wider than its window, by day, by night and on a phone', async () => {
  for (const [name, view] of Object.entries(VIEWS)) {
    await open(view)
    assert.equal(await faults(), [], `${name}, at first`)
    await type('window', '0.5')
    await recognise()
    await type('class', 'waving')
    assert.equal(await faults(), [], name)
    const width = await browser.evaluate<number>('document.documentElement.scrollWidth')
    assert.ok(width <= view.width, `${name}: the page is ${width} pixels wide`)
    await look(name.replaceAll(/[, ]+/g, '-'))
  }
  assert.equal(browser.errors, [])
})

suiteOf.run()
