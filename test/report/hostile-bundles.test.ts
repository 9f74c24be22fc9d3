/** Result files damaged by the thousand: read, compared and shown, or refused by an error that names the file. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { protocolTable } from '../../lib/cli/protocol-table.js'
import type { ProtocolResult } from '../../lib/protocols/result.js'
import { compareBundles, isBundleFile, readBundle } from '../../lib/report/bundles.js'
import { compareResults, readResult } from '../../lib/report/results.js'
import { chance, changedJson, damaged, isMixed, readEach } from '../support/damage.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-hostile-results-'))
const file = path.join(folder, 'result.json')
const hostile = suite('hostile results')
hostile.after(() => rmSync(folder, { recursive: true }))

const RESULT = {
  model: 'b16',
  adapter: null,
  top1: 0.5,
  top5: 0.75,
  videos: 100,
  failed: 1,
  failures: [],
  perClass: [
    { label: 'archery', accuracy: 0.4, videos: 50 },
    { label: 'rowing', accuracy: null, videos: 0 },
  ],
  confusion: [20, 30, 0, 0],
  views: '1x1' as const,
  template: 'a video of {}.',
  list: { file: 'test.txt', sha256: 'a'.repeat(64) },
  seconds: 3,
}
const summary = (mean: number) => ({ mean, std: null, values: [mean] })
const BUNDLE = {
  format: 'msta-native results',
  formatVersion: 1,
  protocol: 'base-to-novel',
  request: { data: { dataset: 'ucf101' }, model: { source: 'b16' }, seeds: [1] },
  systems: [
    {
      system: 'msta',
      title: 'MSTA',
      parameters: { trained: 1000, total: 2000 },
      shots: 16,
      recipe: { name: 'few-shot', epochs: 2 },
      top1: summary(0.5),
      top5: summary(0.75),
      base: summary(0.5),
      novel: summary(0.4),
      hm: summary(0.45),
      runs: [
        {
          name: 'split 1',
          training: {
            list: { file: 'train.txt', sha256: 'b'.repeat(64) },
            adapter: { sha256: 'c'.repeat(64) },
          },
          tests: [{ name: 'base', result: RESULT }],
        },
      ],
    },
  ],
  provenance: { created: '2026-01-01', seconds: 3, version: '0.1.0', device: { name: 'cpu' } },
}

async function readAsBundle(): Promise<void> {
  assert.is(typeof (await isBundleFile(file)), 'boolean')
  const bundle = await readBundle(file)
  const same = compareBundles(bundle, bundle)
  assert.ok(same.isSameTask && same.isSameFigures && same.settings.length === 0)
  assert.ok(protocolTable(bundle).length >= 2 + bundle.systems.length)
  compareBundles(bundle, BUNDLE as unknown as ProtocolResult)
  compareBundles(BUNDLE as unknown as ProtocolResult, bundle)
}

async function readAsResult(): Promise<void> {
  const result = await readResult(file)
  assert.equal(compareResults(result, result).settings, [])
  compareResults(RESULT, result)
  compareResults(result, RESULT)
}

const KINDS = { bundle: [BUNDLE, readAsBundle], result: [RESULT, readAsResult] } as const
for (const [kind, [whole, read]] of Object.entries(KINDS)) {
  hostile(`${kind}: 2000 files with damaged bytes, 4000 with other values`, async () => {
    const draws = chance(kind.length)
    const bytes = Buffer.from(JSON.stringify(whole, null, 1))
    isMixed(await readEach('texts', file, 2000, () => damaged(bytes, draws), read))
    isMixed(await readEach('texts', file, 4000, () => JSON.stringify(changedJson(whole, draws)), read))
  })
}

hostile.run()
