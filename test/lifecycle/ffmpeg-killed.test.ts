/** An ffmpeg that somebody kills in mid-decode, as the system does when memory runs out. */
import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeFrames } from '../../lib/video/decode.js'
import { findFfmpeg } from '../../lib/video/ffmpeg.js'
import { makeFolder, msta } from '../cli/helpers.js'
import { hasCode, rejection } from '../support/errors.js'
import { observe, quote } from '../support/observe.js'
import { withEnvironment } from '../video/helpers.js'
import { type SmallTraining, smallTraining } from './small-training.js'

const killed = suite('ffmpeg killed from outside')
const { folder, remove } = makeFolder()
killed.after(remove)
const script = path.join(folder, 'ffmpeg')
let training: SmallTraining
let victim = ''

killed.before(async () => {
  training = await smallTraining(folder, 2)
  victim = path.join(training.clips.root, 'growing', 'train_0001.mp4')
  const { path: real } = await findFfmpeg()
  // Pictures have begun to come when the end does.
  writeFileSync(
    script,
    `#!/bin/sh
case "$*" in
*${victim}*) '${real}' "$@" | head -c 5000; kill -KILL $$ ;;
*) exec '${real}' "$@" ;;
esac
`,
  )
  chmodSync(script, 0o755)
})

killed('is a typed error that names the video and what ended it', async () => {
  const attempt = () => decodeFrames(victim, (count) => Array.from({ length: count }, (_, i) => i))
  const error = await rejection(withEnvironment({ MSTA_FFMPEG: script }, attempt))
  assert.ok(hasCode('ERR_VIDEO', victim, 'SIGKILL')(error))
  observe('ffmpeg', `killed: ${quote(error)}`)
})

killed('leaves the training to its policy for bad videos', async () => {
  const env = { MSTA_FFMPEG: script }
  const skipped = await msta(training.command(path.join(folder, 'skip')), { env })
  assert.is(skipped.status, 0, skipped.stderr)
  assert.match(skipped.stderr, /left out: .*train_0001\.mp4.*SIGKILL/)
  const failed = await msta(training.command(path.join(folder, 'fail'), '--on-bad-video', 'fail'), { env })
  assert.is(failed.status, 1, failed.stderr)
  assert.match(failed.stderr, /error: .*train_0001\.mp4.*SIGKILL.*ERR_VIDEO/)
  observe(
    'ffmpeg',
    `killed for one video of a training: status ${skipped.status}, with --on-bad-video fail ${failed.status}`,
  )
})

killed.run()
