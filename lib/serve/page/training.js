import { startTraining, stopTraining } from './api.js'
import { byId, percent, say } from './dom.js'

/** Lets the buttons begin and end trainings. */
export function enableTraining() {
  const press = (id, action) =>
    byId(id).addEventListener('click', () =>
      action().catch((error) => say('training-status', error.message, true)),
    )
  press('train', startTraining)
  press('stop', stopTraining)
}

/** Shows how a training stands. */
export function showTraining({ state, step, totalSteps, epoch, loss, validations, message }) {
  const isOn = state === 'running' || state === 'stopping'
  byId('train').disabled = isOn
  byId('stop').hidden = !isOn
  byId('stop').disabled = state === 'stopping'
  byId('training').hidden = !isOn
  const progress = byId('progress')
  if (totalSteps > 0) progress.value = step / totalSteps
  else progress.removeAttribute('value')
  const learnt = loss === null ? '' : `, loss ${loss.toFixed(2)}`
  const checked =
    validations.length === 0 ? '' : `, ${percent(validations.at(-1))} of the clips held out right`
  byId('progress-label').textContent =
    totalSteps > 0 ? `Round ${epoch}${learnt}${checked}; may end early` : 'Preparing'
  // Told once, not at every step.
  const text = isOn && totalSteps > 0 && state === 'running' ? `Training: ${message}` : message
  if (byId('training-status').textContent !== text) say('training-status', text, state === 'failed')
}
