import { meanAndStd } from '../../evaluate/metrics.js'
import { axisOf, extent } from '../charts/frame.js'
import { type Line, lineChart } from '../charts/lines.js'
import { groupBy } from '../group-by.js'
import { counted, percent, short } from '../page/format.js'
import { type Content, html, type Markup, NOTHING } from '../page/html.js'
import { figuresTable } from '../page/table.js'
import type { TrainingRecord, TrainingStep } from '../run-folder.js'

/** More points than that cannot be told apart. */
const MOST_POINTS = 240
/** Times vary from step to step: groups of them tell more. */
const FEW_POINTS = 40
const MOST_SKIPPED = 20
/** Points on either side that the smooth line of the loss averages. */
const NEIGHBOURS = 6

type Quantity = Exclude<keyof TrainingStep, 'step' | 'epoch'>
/** How an axis goes: from zero, or by powers where no value is zero. */
type Form = { fromZero?: boolean; isLog?: boolean }
type Point = { x: number; y: number }

/** Curves of a training: loss and its parts, learning rate, gradients, validation, time. */
export function trainingSection(record: TrainingRecord): Markup {
  const { steps, validations, skipped } = record
  if (steps.length === 0 && validations.length === 0) return html`<p>No step is done yet.</p>`
  const perPoint = Math.ceil(steps.length / MOST_POINTS)
  return html`
${perPoint > 1 && html`<p class="note">Every point of the curves over steps is the mean of ${perPoint} steps.</p>`}
<div class="charts">
${figure('Loss', lossChart(steps))}
${has(steps, 'consistency') && figure('Parts of the loss', partsChart(steps))}
${validations.length > 0 && figure('Validation accuracy', validationChart(record))}
${quantityFigure(steps, 'learningRate', 'Learning rate', { fromZero: true })}
${quantityFigure(steps, 'gradientNorm', 'Gradient norm, before it is clipped', { isLog: true })}
${has(steps, 'seconds') && figure('Seconds of a step', timeChart(steps))}
</div>
${epochTable(record)}
${skippedSteps(skipped)}`
}

const figure = (title: string, content: Content): Markup =>
  html`<figure><figcaption>${title}</figcaption>${content}</figure>`

const has = (steps: readonly TrainingStep[], quantity: Quantity): boolean =>
  steps.some((step) => step[quantity] !== null)

/** The mean of each of at most `most` groups of neighbouring steps. */
function pointsOf(steps: readonly TrainingStep[], quantity: Quantity, most = MOST_POINTS): Point[] {
  const told = steps.filter((step) => step[quantity] !== null)
  const size = Math.max(1, Math.ceil(told.length / most))
  return Array.from({ length: Math.ceil(told.length / size) }, (_, i) => {
    const group = told.slice(i * size, (i + 1) * size)
    return {
      x: meanAndStd(group.map(({ step }) => step)).mean,
      y: meanAndStd(group.map((step) => step[quantity]!)).mean,
    }
  })
}

/** The mean of each point and its neighbours. */
function smooth(points: readonly Point[]): Point[] {
  return points.map(({ x }, i) => {
    const reach = Math.min(NEIGHBOURS, i, points.length - 1 - i)
    const around = points.slice(i - reach, i + reach + 1)
    return { x, y: meanAndStd(around.map(({ y }) => y)).mean }
  })
}

function overSteps(title: string, label: string, lines: readonly Line[], form: Form = {}): Markup {
  const points = lines.flatMap((line) => line.points)
  const [first, last] = extent(points.map(({ x }) => x))
  const yAxis = axisOf(
    label,
    points.map(({ y }) => y),
    { isLog: form.isLog && points.every(({ y }) => y > 0) },
  )
  if (form.fromZero) yAxis.from = Math.min(0, yAxis.from)
  const ends = lines
    .filter(({ isFaint }) => !isFaint)
    .map(({ name, points: own }) => `${name} from ${short(own[0]?.y ?? 0)} to ${short(own.at(-1)?.y ?? 0)}`)
  return lineChart(
    `${title} over steps ${Math.round(first)} to ${Math.round(last)}: ${ends.join('; ')}`,
    { label: 'step', from: first, to: last },
    yAxis,
    lines,
  )
}

function lossChart(steps: readonly TrainingStep[]): Markup {
  const points = pointsOf(steps, 'loss')
  return overSteps('Loss', 'loss', [
    { name: 'each step', points, isFaint: true },
    { name: 'smoothed', points: smooth(points) },
  ])
}

const partsChart = (steps: readonly TrainingStep[]): Markup =>
  overSteps('Parts of the loss', 'loss', [
    { name: 'cross-entropy', points: smooth(pointsOf(steps, 'crossEntropy')) },
    { name: 'consistency, without its weight', points: smooth(pointsOf(steps, 'consistency')) },
  ])

const timeChart = (steps: readonly TrainingStep[]): Markup =>
  overSteps(
    'Seconds of a step',
    'seconds',
    [
      { name: 'whole step', points: pointsOf(steps, 'seconds', FEW_POINTS) },
      { name: 'waiting for clips', points: pointsOf(steps, 'secondsWaiting', FEW_POINTS) },
    ],
    { fromZero: true },
  )

const quantityFigure = (
  steps: readonly TrainingStep[],
  quantity: Quantity,
  title: string,
  form: Form,
): Markup =>
  has(steps, quantity)
    ? figure(title, overSteps(title, title, [{ name: title, points: pointsOf(steps, quantity) }], form))
    : NOTHING

function validationChart({ validations }: TrainingRecord): Markup {
  const lines: Line[] = (['top1', 'top5'] as const).map((accuracy) => ({
    name: accuracy === 'top1' ? 'top-1' : 'top-5',
    points: validations.map((each) => ({ x: each.epoch + 1, y: each[accuracy] })),
    hasDots: validations.length <= 60,
  }))
  const best = Math.max(...validations.map(({ top1 }) => top1))
  const [from, to] = extent(validations.map(({ epoch }) => epoch + 1))
  const wholeEpochs = { format: (epoch: number) => (Number.isInteger(epoch) ? String(epoch) : '') }
  return lineChart(
    `Validation accuracy after epochs ${from} to ${to}: top-1 from ${percent(validations[0]!.top1)} to ${percent(validations.at(-1)!.top1)}, at best ${percent(best)}`,
    { label: 'epoch', from, to, ...wholeEpochs },
    { label: 'accuracy', from: 0, to: 1, format: (share) => `${Math.round(100 * share)} %` },
    lines,
  )
}

/** The figures of the curves, an epoch a row. */
function epochTable({ steps, validations }: TrainingRecord): Markup {
  const epochs = [...new Set([...steps, ...validations].map(({ epoch }) => epoch))].sort((a, b) => a - b)
  const mean = (own: readonly TrainingStep[], quantity: Quantity) => {
    const values = own.flatMap((step) => step[quantity] ?? [])
    return values.length === 0 ? '–' : short(meanAndStd(values).mean)
  }
  const byEpoch = groupBy(steps, ({ epoch }) => epoch)
  const validated = new Map(validations.map((each) => [each.epoch, each]))
  return figuresTable({
    caption: 'means of every epoch',
    heads: [
      ...['epoch', 'steps', 'loss', 'cross-entropy', 'consistency', 'learning rate', 'gradient norm'],
      ...['seconds of a step', 'waiting', 'validation top-1', 'top-5'],
    ],
    rows: epochs.map((epoch) => {
      const own = byEpoch.get(epoch) ?? []
      const validation = validated.get(epoch)
      return [
        ...[epoch + 1, own.length],
        ...(
          [
            ...(['loss', 'crossEntropy', 'consistency', 'learningRate', 'gradientNorm'] as const),
            ...(['seconds', 'secondsWaiting'] as const),
          ] as const
        ).map((quantity) => mean(own, quantity)),
        ...(validation ? [percent(validation.top1), percent(validation.top5)] : ['–', '–']),
      ]
    }),
  })
}

function skippedSteps(skipped: TrainingRecord['skipped']): Markup {
  if (skipped.length === 0) return NOTHING
  return html`<h4>Steps left out</h4>
<p>${counted(skipped.length, 'step')} had a loss or gradient that was not finite.</p>
<ul>${skipped.slice(0, MOST_SKIPPED).map(({ step, reason }) => html`<li>Step ${step}: ${reason}</li>`)}</ul>`
}
