import { byId, say, size } from './dom.js'
import { Recorder } from './recorder.js'

const preview = byId('preview')
const drop = byId('drop')
const record = byId('record')
const recorder = new Recorder()

/** The clip that was chosen, dropped or recorded last. */
export let clip

/** Shows a moment of the clip. */
export function showMoment(seconds) {
  if (preview.hidden) return
  preview.currentTime = seconds
  preview.scrollIntoView({ block: 'nearest' })
}

/** Calls back when there is another clip. */
export function onClip(listener) {
  const take = (file) => {
    if (!file) return
    clip = file
    if (preview.src) URL.revokeObjectURL(preview.src)
    preview.src = URL.createObjectURL(file)
    preview.hidden = false
    say('clip-name', `${file.name}, ${size(file.size)}`)
    listener(file)
  }
  byId('file').addEventListener('change', ({ target }) => {
    take(target.files[0])
    // So that the same file can be chosen again.
    target.value = ''
  })
  for (const type of ['dragover', 'dragleave', 'drop'])
    drop.addEventListener(type, (event) => {
      event.preventDefault()
      drop.classList.toggle('over', type === 'dragover')
      if (type === 'drop') take(event.dataTransfer.files[0])
    })
  record.addEventListener('click', () => (recorder.isOn ? recorder.stop() : startRecording(take)))
}

// Formats that browsers do not know are recognised all the same.
preview.addEventListener('error', () => {
  if (!preview.src) return
  preview.hidden = true
  say('clip-name', `${clip.name}: the browser cannot show it, but it can be recognised.`)
})

async function startRecording(take) {
  try {
    preview.removeAttribute('src')
    preview.hidden = false
    await recorder.start(preview, (file) => {
      record.textContent = 'Record'
      record.classList.remove('recording')
      take(file)
    })
    record.textContent = 'Stop recording'
    record.classList.add('recording')
    say('clip-name', 'Recording. Do the action once, then stop.')
  } catch (error) {
    preview.hidden = true
    say('clip-name', error.message, true)
  }
}
