/** Writes the pictures of README and docs, of a run of `msta demo` and the page of `msta serve`: `npm run pictures`. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { initFolderDataset, serve, ViCLIP } from '../lib/index.js'
import { packageRoot } from '../lib/runtime/package-root.js'
import { Browser, findChromium, type View } from './report/browser.js'

const DEMO = path.join(packageRoot, 'runs/demo')
const OUT = path.join(packageRoot, 'docs/pictures')
const DESK: View = { width: 1000, isDark: false }

const chromium = findChromium()
if (chromium === undefined) throw new Error('Install chromium, or set MSTA_CHROMIUM.')
if (!existsSync(path.join(DEMO, 'report.html'))) throw new Error('Run npm run demo first.')
mkdirSync(OUT, { recursive: true })
const browser = new Browser(chromium)
const scratch = mkdtempSync(path.join(tmpdir(), 'msta-pictures-'))

/** What is seen of the page from `selector` on, so many pixels high. */
async function take(name: string, view: View, selector: string, height: number): Promise<void> {
  const top = await browser.evaluate<number>(
    `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect().top + window.scrollY`,
  )
  const clip = { x: 0, y: Math.max(0, top - 12), width: view.width, height, scale: 1 }
  const { data } = await browser.send('Page.captureScreenshot', { clip, captureBeyondViewport: true })
  writeFileSync(path.join(OUT, `${name}.png`), Buffer.from(data as string, 'base64'))
}

async function takeReport(): Promise<void> {
  await browser.open(path.join(DEMO, 'report.html'), DESK)
  await take('report', DESK, 'header', 900)
  await browser.evaluate(
    "document.querySelectorAll('.frames input').forEach((box, i) => { box.checked = i % 2 === 1 })",
  )
  await take('attention', DESK, '.cards', 560)
}

async function takePage(): Promise<void> {
  // The page tells folders as they are given.
  process.chdir(scratch)
  const data = 'my-actions'
  await initFolderDataset(data, { example: true })
  const model = await ViCLIP.load('msta-tiny', { device: 'cpu' })
  const server = await serve({ model, data, out: 'my-actions-run' })
  const of = (id: string) => `document.getElementById('${id}')`
  const press = (id: string) => browser.evaluate(`${of(id)}.click()`)
  await browser.open(server.url, DESK)
  await browser.until(`!${of('data-part')}.hidden`)
  await press('train')
  await browser.until(`${of('progress')}.value > 0`)
  await browser.until(`!${of('training')}.checkVisibility()`)
  await browser.choose('#file', path.resolve(data, 'clip-to-try.mp4'))
  await browser.evaluate(`${of('window')}.value = '0.5'`)
  await browser.until(`!${of('recognise')}.disabled`)
  await press('recognise')
  await browser.until(`${of('cancel')}.hidden && document.querySelector('#ranking li')`)
  await take('serve', DESK, 'body', 1000)
  await server.close()
  model.dispose()
}

try {
  await takeReport()
  await takePage()
} finally {
  await browser.close()
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`pictures in ${OUT}`)
