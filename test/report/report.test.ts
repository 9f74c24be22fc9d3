/** What a report holds, and what it never holds. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeReport } from '../../lib/index.js'
import { errorOf, makeFolder } from '../video/helpers.js'
import { HOSTILE, sampleBundle, sampleExamples, sampleResult, writeSampleRun } from './samples.js'

const report = suite('report')
const { folder, remove } = makeFolder()
report.after(remove)

function write(name: string, value: unknown): string {
  const file = path.join(folder, name)
  writeFileSync(file, JSON.stringify(value))
  return file
}

async function pageOf(
  sources: string[],
  rest: Partial<Parameters<typeof writeReport>[1]> = {},
): Promise<string> {
  const out = path.join(folder, 'page.html')
  await writeReport(sources, { out, ...rest })
  return readFileSync(out, 'utf8')
}

const headings = (page: string) => [...page.matchAll(/<h3[^>]*>([^<]*)</g)].map(([, text]) => text)

report('a run: curves, the last validation, examples, where it all comes from', async () => {
  const run = writeSampleRun(path.join(folder, 'run'))
  writeFileSync(path.join(run, 'validation.json'), JSON.stringify(sampleResult(8)))
  const page = await pageOf([run], { examples: sampleExamples(), title: 'My run' })
  assert.match(page, '<h1>My run</h1>')
  assert.equal(headings(page), [
    'Curves',
    'Classes of the last validation',
    'Confusion matrix of the last validation',
    'Right and wrong answers',
    'Map of features',
    'What decided the figures',
  ])
  for (const name of [
    'Loss',
    'Parts of the loss',
    'Validation accuracy',
    'Learning rate',
    'Seconds of a step',
  ])
    assert.ok(page.includes(`<figcaption>${name}</figcaption>`), name)
  assert.match(page, 'in 12 of 12 epochs')
  assert.match(page, 'href="data:image/jpeg;base64,/9j/')
  assert.match(page, /Step 480: the loss is not finite/)
  // Every chart has a name that tells its figures.
  for (const [chart] of page.matchAll(/<svg viewBox="0 0 [^>]*>/g))
    assert.ok(/role="img" aria-label="[^"]+"/.test(chart) || chart.includes('aria-hidden'), chart)
})

report('a bundle: systems with HM and deviations, classes and confusions of all runs together', async () => {
  const bundle = sampleBundle('base-to-novel', 6)
  const page = await pageOf([write('bundle.json', bundle)])
  const { hm } = bundle.systems.at(-1)!
  assert.ok(page.includes(`${(100 * hm!.mean).toFixed(1)} ± ${(100 * hm!.std!).toFixed(1)}`))
  const kinds = ['Classes, base', 'Confusion matrix, base', 'Classes, novel', 'Confusion matrix, novel']
  assert.equal(headings(page), ['Systems', ...kinds, 'What decided the figures'])
  // Five classes with eight videos each, in three runs.
  const cells = page.slice(
    page.indexOf('<table class="matrix">'),
    page.indexOf('Confusion matrix, novel</h3>'),
  )
  const counts = [...cells.slice(0, cells.indexOf('</table>')).matchAll(/%">(\d+)<\/td>/g)].map(([, count]) =>
    Number(count),
  )
  assert.is(
    counts.reduce((sum, count) => sum + count, 0),
    5 * 8 * 3,
  )
  const shots = await pageOf([write('shots.json', sampleBundle('few-shot', 6))])
  assert.match(shots, 'Accuracy by number of shots')
  assert.match(shots, 'ViCLIP + MSTA, 8 shots')
})

report('names stay text, nothing runs and nothing is loaded', async () => {
  const run = writeSampleRun(path.join(folder, HOSTILE.replaceAll('/', '')))
  const sources = [
    run,
    write('one.json', sampleResult(6)),
    write('two.json', sampleBundle('base-to-novel', 6)),
  ]
  const page = await pageOf(sources, { examples: sampleExamples(), title: HOSTILE })
  assert.ok(page.includes('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;&lt;/script&gt;&lt;b&gt;'))
  assert.not.match(page, '<img src=x')
  assert.not.match(page, /<script|<\/script|<b>|<iframe|@import|url\(|https?:/)
  assert.match(page, /Content-Security-Policy" content="default-src &#39;none&#39;/)
  // As often opened as closed: no value has broken out of its place.
  for (const tag of ['table', 'section', 'figure', 'svg', 'td', 'th', 'li', 'details'])
    assert.is(page.split(new RegExp(`<${tag}[ >]`)).length, page.split(`</${tag}>`).length, tag)
})

report('many classes and steps make no large page', async () => {
  const run = writeSampleRun(path.join(folder, 'long'), 100, 200)
  const large = [
    write('large.json', sampleResult(400)),
    write('halves.json', sampleBundle('base-to-novel', 400)),
  ]
  const page = await pageOf([run, ...large])
  assert.ok(page.length < 800_000, `${page.length}`)
  assert.match(page, 'Of 400 classes, the 30 with the most wrong answers')
  assert.match(page, 'the mean of 84 steps')
  assert.match(page, 'The other 375 classes')
})

report('a run that has just begun, or is in the middle of a line', async () => {
  const run = writeSampleRun(path.join(folder, 'young'), 1, 2)
  const metrics = path.join(run, 'metrics.jsonl')
  const [first] = readFileSync(metrics, 'utf8').split('\n')
  writeFileSync(metrics, `${first}\n{"step":2,"lo`)
  assert.match(await pageOf([run]), 'in 1 of 1 epoch')
  writeFileSync(metrics, '')
  assert.match(await pageOf([run]), 'No step is done yet')
  writeFileSync(metrics, `{"step":1}\n${first}\n`)
  const { code, message } = await errorOf(() => pageOf([run]))
  assert.is(code, 'ERR_FORMAT')
  assert.match(message, 'metrics.jsonl, line 1')
})

report('errors name the file and keep the page that was there', async () => {
  const before = await pageOf([writeSampleRun(path.join(folder, 'kept'))])
  const cases: [string, string[], string][] = [
    ['ERR_ARGUMENT', [], 'needs a run folder'],
    ['ERR_FILE', [path.join(folder, 'nowhere')], 'nowhere'],
    ['ERR_FILE', [folder], 'config.json'],
    ['ERR_FORMAT', [write('other.json', { top1: 3 })], 'other.json'],
  ]
  for (const [expected, sources, part] of cases) {
    const { code, message } = await errorOf(() => pageOf(sources))
    assert.is(code, expected)
    assert.match(message, part)
  }
  const stop = AbortSignal.abort(new Error('enough'))
  assert.match((await errorOf(() => pageOf([path.join(folder, 'kept')], { signal: stop }))).message, 'enough')
  assert.is(readFileSync(path.join(folder, 'page.html'), 'utf8'), before)
})

report.run()
