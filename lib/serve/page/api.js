/** A request to the server. Throws an Error with what the server says is wrong. */
async function call(address, options) {
  const response = await fetch(address, options).catch((error) => {
    if (error.name === 'AbortError') throw error
    throw new Error('The server does not answer. Is it still running?')
  })
  if (response.ok) return response
  const { error } = await response.json().catch(() => ({ error: { message: response.statusText } }))
  throw new Error(error.message)
}

const sent = (file) => ({
  method: 'POST',
  body: file,
  headers: { 'Content-Type': 'application/octet-stream' },
})

/** The parts of the answer for a clip as they come: `{overall}` first, then `{window}`. */
export async function* recognise(file, labels, seconds, signal) {
  const query = new URLSearchParams(labels.map((label) => ['label', label]))
  query.set('window', String(2 * seconds))
  query.set('stride', String(seconds))
  const response = await call(`/api/classify?${query}`, { ...sent(file), signal })
  let text = ''
  for await (const part of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
    const lines = (text + part).split('\n')
    text = lines.pop()
    for (const line of lines) {
      const row = JSON.parse(line)
      if (row.error) throw new Error(row.error.message)
      if (row.done) return
      yield row
    }
  }
  throw new Error('The answer ends too early. Is the server still running?')
}

/** Not every browser has streams that can be iterated over. */
async function* chunks(stream) {
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

/** Puts a clip into a class. */
export async function addClip(file, className, name) {
  const query = new URLSearchParams({ class: className, name })
  return (await call(`/api/clips?${query}`, sent(file))).json()
}

/** Begins or ends a training. */
export const startTraining = () => call('/api/training', { method: 'POST' })
export const stopTraining = () => call('/api/training', { method: 'DELETE' })

/** Calls back with the state of the server, now and whenever it changes. */
export function followState(onState, onLost) {
  const events = new EventSource('/api/events')
  events.onmessage = ({ data }) => onState(JSON.parse(data))
  events.onerror = onLost
}
