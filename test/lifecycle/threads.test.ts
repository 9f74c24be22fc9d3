/** Worker threads and ends of processes with work in flight, each in a process of its own. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { observe } from '../support/observe.js'

const threads = suite('lifecycle: threads and exits')

function child(script: string, ...args: string[]) {
  const file = fileURLToPath(new URL(`./children/${script}.js`, import.meta.url))
  const result = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8', timeout: 120_000 })
  return { ...result, text: `${result.signal ?? result.status}: ${result.stdout}${result.stderr}` }
}

threads('two workers and the main thread compute at once', () => {
  const { status, stdout, text } = child('two-workers')
  assert.is(status, 0, text)
  assert.is(stdout, 'done\n')
})

threads('terminate() in mid-computation harms nobody else', () => {
  const { status, stdout, text } = child('terminate')
  assert.is(status, 0, text)
  assert.is(stdout, 'done\n')
  observe('aborts', 'a worker terminated in mid-computation harmed no other')
})

for (const how of ['exit', 'exit-later', 'worker-exit']) {
  threads(`process.exit() with work in flight (${how})`, () => {
    const { status, text } = child('leave', how)
    assert.is(status, 7, text)
    observe('aborts', { 'processes left by exit() in mid-work with their own status': 1 })
  })
}

threads('an uncaught error with work in flight', () => {
  const { status, stderr, text } = child('leave', 'throw')
  assert.is(status, 1, text)
  assert.match(stderr, 'thrown on purpose')
})

threads('SIGTERM with work in flight', () => {
  const { signal, text } = child('leave', 'signal')
  assert.is(signal, 'SIGTERM', text)
})

threads('the process lives until its results are there', () => {
  const { status, stdout, text } = child('leave', 'wait')
  assert.is(status, 0, text)
  assert.is(stdout, 'done\n')
})

threads.run()
