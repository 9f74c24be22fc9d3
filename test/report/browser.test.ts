/** Reports as a browser shows them, and as those use them who cannot see them. Needs Chromium, else it is skipped. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeReport } from '../../lib/index.js'
import { skipUnless } from '../support/skip.js'
import { makeFolder } from '../video/helpers.js'
import { Browser, findChromium, type View } from './browser.js'
import { sampleBundle, sampleExamples, sampleResult, writeSampleRun } from './samples.js'

const pages = suite('report in a browser')
const chromium = findChromium()
const inBrowser = skipUnless(pages, chromium !== undefined, 'there is no chromium (MSTA_CHROMIUM)')
const { folder, remove } = makeFolder()
let browser: Browser | undefined

interface Fault {
  id: string
  impact: string
  nodes: { html: string; failureSummary: string }[]
}

const VIEWS: Record<string, View> = {
  light: { width: 1200, isDark: false },
  'dark, on a phone': { width: 360, isDark: true },
}
const OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

pages.before(() => {
  if (chromium !== undefined) browser = new Browser(chromium)
})
pages.after(async () => {
  await browser?.close()
  remove()
})

function write(name: string, value: unknown): string {
  const file = path.join(folder, name)
  writeFileSync(file, JSON.stringify(value))
  return file
}

async function pageOf(name: string): Promise<string> {
  const run = writeSampleRun(path.join(folder, 'run'))
  writeFileSync(path.join(run, 'validation.json'), JSON.stringify(sampleResult(8)))
  const sources: Record<string, string[]> = {
    run: [run],
    'base-to-novel': [write('halves.json', sampleBundle('base-to-novel', 40))],
    'few-shot and others': [
      write('shots.json', sampleBundle('few-shot', 12)),
      write('result.json', sampleResult(12)),
    ],
  }
  const out = path.join(folder, `${name}.html`)
  const examples = name === 'run' ? sampleExamples() : undefined
  await writeReport(sources[name]!, { out, examples })
  return out
}

for (const name of ['run', 'base-to-novel', 'few-shot and others'])
  inBrowser(`${name}: no serious fault, nothing on the console, no wider than the window`, async () => {
    const file = await pageOf(name)
    for (const [title, view] of Object.entries(VIEWS)) {
      await browser!.open(file, view)
      await browser!.evaluate(OPEN_ALL)
      const width = await browser!.evaluate<number>('document.documentElement.scrollWidth')
      assert.ok(width <= view.width, `${title}: the page is ${width} pixels wide`)
      await browser!.evaluate(`${AXE}; undefined`)
      const faults = await browser!.evaluate<Fault[]>('axe.run().then(({ violations }) => violations)')
      const told = faults.map(
        ({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`,
      )
      assert.equal(told, [], title)
      assert.equal(browser!.errors, [], title)
    }
  })

inBrowser('the checks see what is wrong', async () => {
  const file = path.join(folder, 'bad.html')
  writeFileSync(file, '<img src="missing.png"><p style="color:#ccc">pale</p><script>nothing()</script>')
  await browser!.open(file, VIEWS.light!)
  await browser!.evaluate(`${AXE}; undefined`)
  const faults = await browser!.evaluate<Fault[]>('axe.run().then(({ violations }) => violations)')
  const ids = faults.map(({ id }) => id)
  for (const id of ['image-alt', 'color-contrast']) assert.ok(ids.includes(id), ids.join())
  assert.ok(browser!.errors.some((error) => error.includes('nothing')))
})

pages.run()
