import type { ProtocolResult } from '../../protocols/result.js'
import { flat } from '../flat.js'
import { shorten } from '../page/format.js'
import { html, type Markup } from '../page/html.js'
import { facts } from '../page/table.js'
import type { SavedResult } from '../results.js'
import type { TrainingRecord } from '../run-folder.js'

type Fact = readonly [name: string, value: string | Markup]

const LONGEST = 600

const code = (text: string): Markup => html`<code>${shorten(text, LONGEST)}</code>`
const fileAndHash = ({ file, sha256 }: { file: string; sha256: string | null }): Markup =>
  html`${file}${sha256 !== null && html`<br>sha256 ${code(sha256)}`}`

/** Nested settings, a path a line. */
const settings = (value: unknown): Fact[] => flat('', value).map(([name, json]) => [name, code(json)])

const folded = (title: string, rows: readonly Fact[]): Markup =>
  html`<details><summary>${title}</summary>${facts(rows)}</details>`

/** What decided the figures of a training. */
export function trainingProvenance({ folder, config, adapterSha256 }: TrainingRecord): Markup {
  const { recipe, labels, descriptions, model, 'adapter settings': adapter, ...others } = config
  const { 'training list': list, ...rest } = others
  const { source, config: sizes } = (model ?? {}) as Record<string, unknown>
  const classes = Array.isArray(labels) ? labels : []
  return html`
${facts([
  ['run folder', folder],
  ['model', String(source ?? 'not told')],
  ['training list', isFile(list) ? fileAndHash(list) : code(JSON.stringify(list ?? null))],
  ['classes', html`${classes.length}: ${shorten(classes.join(', '), LONGEST)}`],
  ['descriptions', descriptions ? 'spatial and temporal ones of every class' : 'none'],
  [
    'adapter file',
    adapterSha256 === null ? 'none yet' : fileAndHash({ file: 'adapter.safetensors', sha256: adapterSha256 }),
  ],
  ...settings(rest),
])}
${folded('Recipe', settings(recipe))}
${folded('Adapter', settings(adapter))}
${folded('Sizes of the model', settings(sizes))}`
}

const isFile = (value: unknown): value is { file: string; sha256: string } =>
  typeof value === 'object' && value !== null && 'file' in value && 'sha256' in value

/** What decided the figures of an evaluation. */
export const resultProvenance = ({ model, adapter, list, views, template, seconds }: SavedResult): Markup =>
  facts([
    ['model', model],
    ['adapter', adapter ?? 'none'],
    ['list', fileAndHash(list)],
    ['views', views],
    ['prompt', template],
    ['time', `${seconds.toFixed(1)} s`],
  ])

/** What decided the figures of a result bundle. */
export function bundleProvenance({ request, provenance, systems, formatVersion }: ProtocolResult): Markup {
  const { weights, preprocessing, ...rest } = provenance
  const lists = new Map<string, Fact>()
  for (const { runs } of systems)
    for (const { name, training, tests } of runs) {
      const all = [...(training ? [{ of: `training, ${name}`, ...training.list }] : [])]
      all.push(...tests.map((test) => ({ of: test.name, ...test.result.list })))
      for (const list of all) lists.set(list.of, [list.of, fileAndHash(list)])
    }
  const adapters = systems.flatMap(({ title, shots, runs }) =>
    runs.flatMap(({ name, training }): Fact[] =>
      training?.adapter
        ? [
            [
              [title, shots !== null && `${shots} shots`, name].filter(Boolean).join(', '),
              fileAndHash(training.adapter),
            ],
          ]
        : [],
    ),
  )
  const seeds = [...new Set(systems.flatMap(({ top1 }) => top1.seeds))]
  return html`
${facts([
  ...weights.map(
    ({ source, sha256 }, i): Fact => [i === 0 ? 'weights' : 'and', fileAndHash({ file: source, sha256 })],
  ),
  ['seeds', seeds.length > 0 ? seeds.join(', ') : 'none: nothing was trained'],
  ...settings({ ...rest, 'bundle format': formatVersion }),
])}
${folded('Lists', [...lists.values()])}
${folded('Request', settings(request))}
${folded('Preprocessing', settings(preprocessing))}
${systems.flatMap(({ title, shots, recipe }) =>
  recipe ? [folded(`Recipe: ${title}${shots === null ? '' : `, ${shots} shots`}`, settings(recipe))] : [],
)}
${adapters.length > 0 && folded('Adapters', adapters)}`
}
