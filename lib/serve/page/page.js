import { ask, cancel } from './answer.js'
import { addClip, followState } from './api.js'
import { clip, onClip } from './clip.js'
import { byId, make, say } from './dom.js'
import { enableTraining, showTraining } from './training.js'

let state
let proposed = ''

/** The labels of the server, until others are typed. */
function proposeLabels() {
  const names = state.labels.length > 0 ? state.labels : (state.data?.classes ?? []).map(({ name }) => name)
  const field = byId('labels')
  const text = names.join(names.some((name) => name.includes(',')) ? '\n' : ', ')
  if (field.value === proposed) field.value = text
  proposed = text
}

function showClasses({ folder, classes }) {
  byId('data-part').hidden = false
  byId('folder').textContent = folder
  const count = (clips) =>
    make('span', { className: 'count', text: clips === 1 ? '1 clip' : `${clips} clips` })
  byId('classes').replaceChildren(
    ...classes.map(({ name, clips }) => make('li', { text: name }, count(clips))),
  )
  byId('class-names').replaceChildren(...classes.map(({ name }) => make('option', { value: name })))
}

followState(
  (next) => {
    state = next
    const adapter = state.adapter
      ? `, trained on your clips (${state.adapter})`
      : ', not trained on your clips'
    say('model', `Model ${state.model}${adapter}`)
    proposeLabels()
    if (state.data) showClasses(state.data)
    showTraining(state.training)
  },
  () => say('model', 'The server does not answer. Is it still running?', true),
)

onClip(() => {
  byId('recognise').disabled = false
  byId('add-clip').disabled = false
  say('add-status', '')
})
enableTraining()
byId('cancel').addEventListener('click', cancel)
byId('ask').addEventListener('submit', (event) => {
  event.preventDefault()
  ask(state.uploadBytes)
})
byId('add').addEventListener('submit', async (event) => {
  event.preventDefault()
  byId('add-clip').disabled = true
  say('add-status', 'Looking whether it is a video…')
  try {
    const { className } = await addClip(clip, byId('class').value, clip.name)
    say('add-status', `Added to ${className}. Train when there are enough.`)
  } catch (error) {
    say('add-status', error.message, true)
    byId('add-clip').disabled = false
  }
})
