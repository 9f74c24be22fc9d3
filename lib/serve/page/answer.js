import { recognise } from './api.js'
import { clip, showMoment } from './clip.js'
import { byId, clock, make, percent, say } from './dom.js'

const SHOWN = 10
let controller

/** Asks for the clip and shows the answer as it comes. */
export async function ask(mostBytes) {
  controller?.abort()
  const own = new AbortController()
  controller = own
  byId('ranking').replaceChildren()
  byId('timeline').replaceChildren()
  byId('timeline-part').hidden = true
  busy(true)
  tell('Looking at the clip…')
  try {
    if (clip.size > mostBytes)
      throw new Error(`The clip has more than ${Math.floor(mostBytes / 1e6)} MB. Cut it.`)
    const labels = byId('labels')
      .value.split(/[,\n]/)
      .map((label) => label.trim())
    const seconds = Number(byId('window').value)
    for await (const row of recognise(clip, labels.filter(Boolean), seconds, own.signal)) show(row)
  } catch (error) {
    if (controller === own) tell(own.signal.aborted ? 'Cancelled.' : error.message, !own.signal.aborted)
  }
  if (controller === own) busy(false)
}

/** Gives up what was asked. */
export const cancel = () => controller?.abort()

function tell(text, isError) {
  byId('answer-status').classList.remove('unseen')
  say('answer-status', text, isError)
}

function busy(isBusy) {
  byId('cancel').hidden = !isBusy
  byId('recognise').disabled = isBusy
}

function show({ overall, window }) {
  if (overall) {
    tell(`${overall[0].label}, ${percent(overall[0].score)}`)
    // The list below shows it to those who see.
    byId('answer-status').classList.add('unseen')
    byId('ranking').replaceChildren(...overall.slice(0, SHOWN).map(rank))
    return
  }
  byId('timeline-part').hidden = false
  byId('timeline').append(moment(window))
}

const rank = ({ label, score }) =>
  make(
    'li',
    {},
    make('span', { className: 'name', text: label }),
    make('span', { className: 'score', text: percent(score) }),
    make('meter', { value: score, ariaLabel: `${label}: ${percent(score)}` }),
  )

function moment({ start, end, predictions: [best] }) {
  const button = make(
    'button',
    { type: 'button' },
    make('span', { className: 'times', text: `${clock(start)}–${clock(end)}` }),
    make('span', { className: 'name', text: best.label }),
    make('span', { className: 'score', text: percent(best.score) }),
  )
  button.addEventListener('click', () => showMoment(start))
  return make('li', {}, button)
}
