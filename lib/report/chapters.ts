import type { ProtocolResult } from '../protocols/result.js'
import type { Examples } from './examples/collect.js'
import { counted, percent, short } from './page/format.js'
import { html, type Markup, NOTHING } from './page/html.js'
import type { Chapter, Panel, Tile } from './page/page.js'
import { pooledTest } from './pooled.js'
import type { SavedResult } from './results.js'
import type { TrainingRecord } from './run-folder.js'
import { classesSection } from './sections/classes.js'
import { confusionSection } from './sections/confusion.js'
import { examplesSection } from './sections/examples.js'
import { failuresSection } from './sections/failures.js'
import { featureMapSection } from './sections/feature-map.js'
import { bundleProvenance, resultProvenance, trainingProvenance } from './sections/provenance.js'
import { comparable, figuresOf, meanText, systemsSection } from './sections/systems.js'
import { trainingSection } from './sections/training.js'

const PROVENANCE = 'What decided the figures'

const panel = (title: string, content: Markup): Panel[] => (content === NOTHING ? [] : [{ title, content }])

/** A training run. */
export function trainingChapter(record: TrainingRecord, title: string): Chapter {
  const { steps, validations, validation } = record
  const last = steps.at(-1)
  const best = validations.reduce<(typeof validations)[number] | undefined>(
    (top, each) => (top && top.top1 >= each.top1 ? top : each),
    undefined,
  )
  const seconds = steps.reduce((sum, step) => sum + (step.seconds ?? 0), 0)
  const tiles: Tile[] = [
    { name: 'Steps', value: (last?.step ?? 0).toLocaleString('en'), note: epochsOf(record) },
    ...(last ? [{ name: 'Loss', value: short(last.loss), note: 'of the last step' }] : []),
    ...(best
      ? [{ name: 'Best validation', value: percent(best.top1), note: `top-1, epoch ${best.epoch + 1}` }]
      : []),
    ...(validations.length > 0
      ? [{ name: 'Last validation', value: percent(validations.at(-1)!.top1), note: 'top-1' }]
      : []),
    ...(seconds > 0 ? [{ name: 'Time in steps', value: duration(seconds) }] : []),
  ]
  return {
    title,
    tiles,
    panels: [
      { title: 'Curves', content: trainingSection(record) },
      ...(validation ? classPanels(validation, ' of the last validation') : []),
      { title: PROVENANCE, content: trainingProvenance(record) },
    ],
  }
}

function epochsOf({ steps, config }: TrainingRecord): string {
  const planned = (config.recipe as { epochs?: unknown } | undefined)?.epochs
  const done = new Set(steps.map(({ epoch }) => epoch)).size
  return typeof planned === 'number'
    ? `in ${done} of ${counted(planned, 'epoch')}`
    : `in ${counted(done, 'epoch')}`
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(1)} s`
  return seconds < 5400 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`
}

/** An evaluation of a list. */
export function resultChapter(result: SavedResult, title: string): Chapter {
  const { top1, top5, videos, failed, perClass, failures } = result
  return {
    title,
    tiles: [
      { name: 'Top-1', value: percent(top1) },
      { name: 'Top-5', value: percent(top5) },
      { name: 'Videos', value: videos.toLocaleString('en'), note: `${failed} failed` },
      {
        name: 'Classes',
        value: perClass.length.toLocaleString('en'),
        note: `chance ${percent(1 / perClass.length)}`,
      },
    ],
    panels: [
      ...classPanels(result),
      { title: PROVENANCE, content: html`${resultProvenance(result)}${failuresSection(failures ?? [])}` },
    ],
  }
}

function classPanels({ perClass, confusion }: SavedResult, of = ''): Panel[] {
  const labels = perClass.map(({ label }) => label)
  return [
    { title: `Classes${of}`, content: classesSection([{ name: 'accuracy', perClass }]) },
    ...panel(`Confusion matrix${of}`, confusionSection({ labels, counts: confusion ?? [] })),
  ]
}

/** A protocol's systems; classes and confusions are those of all runs together. */
export function bundleChapter(bundle: ProtocolResult, title: string): Chapter {
  const { systems, notes } = bundle
  const last = systems.at(-1)!
  const names = { top1: 'Top-1', top5: 'Top-5', base: 'Base', novel: 'Novel', hm: 'HM' }
  const tests = last.runs[0]?.tests.map(({ name }) => name) ?? []
  const panels = tests.flatMap((test) => {
    const pooled = comparable(systems).flatMap((system) => {
      const own = pooledTest(system, test)
      return own ? [{ name: system.title, ...own }] : []
    })
    const own = pooled.at(-1)
    if (!own) return []
    const of = tests.length > 1 ? `, ${test}` : ''
    const labels = own.perClass.map(({ label }) => label)
    return [
      { title: `Classes${of}`, content: classesSection(pooled) },
      ...panel(`Confusion matrix${of}`, confusionSection({ labels, counts: own.confusion })),
    ]
  })
  const failures = last.runs.flatMap(({ tests: all }) => all.flatMap(({ result }) => result.failures ?? []))
  return {
    title,
    tiles: [
      ...figuresOf(bundle).flatMap((figure): Tile[] => {
        const summary = last[figure]
        return summary ? [{ name: names[figure], value: meanText(summary), note: `${last.title}, in %` }] : []
      }),
      {
        name: 'Videos',
        value: last.videos.toLocaleString('en'),
        note: `in ${counted(last.runs.length, 'run')}`,
      },
    ],
    panels: [
      { title: 'Systems', content: systemsSection(bundle) },
      ...panels,
      {
        title: PROVENANCE,
        content: html`${bundleProvenance(bundle)}${(notes ?? []).map((note) => html`<p class="note">${note}</p>`)}${failuresSection(failures)}`,
      },
    ],
  }
}

/** Chapters with single videos, and where their features lie: within the only chapter, or in one of their own. */
export function withExamples(chapters: readonly Chapter[], examples: Examples): Chapter[] {
  const panels = [
    { title: 'Right and wrong answers', content: examplesSection(examples) },
    ...panel('Map of features', featureMapSection(examples.map)),
  ]
  const [only, ...others] = chapters
  if (!only || others.length > 0) return [...chapters, { title: 'Videos', tiles: [], panels }]
  return [{ ...only, panels: [...only.panels.slice(0, -1), ...panels, ...only.panels.slice(-1)] }]
}
