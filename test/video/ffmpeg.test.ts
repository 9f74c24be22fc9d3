import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findFfmpeg, passthroughArguments } from '../../lib/video/ffmpeg.js'
import { FfmpegLog } from '../../lib/video/ffmpeg-log.js'
import { fileUrl, runFfmpeg } from '../../lib/video/run-ffmpeg.js'
import { observe, quote } from '../support/observe.js'
import { errorOf, makeFolder, makeVideo, withEnvironment } from './helpers.js'

const test = suite('video/ffmpeg')
const { folder, remove } = makeFolder()
test.after(remove)

/** A stand-in for ffmpeg that answers -version and then does `body`. */
function makeScript(name: string, body: string): string {
  const file = path.join(folder, name)
  writeFileSync(
    file,
    `#!/bin/sh\nif [ "$1" = -version ]; then echo 'ffmpeg version 9.9-fake'; exit 0; fi\n${body}\n`,
  )
  chmodSync(file, 0o755)
  return file
}

test('finds an ffmpeg and tells its version', async () => {
  const { path: file, version } = await findFfmpeg()
  assert.ok(file.length > 0)
  assert.match(version, /\d/)
})

test('MSTA_FFMPEG goes first', async () => {
  const script = makeScript('mine', 'exit 1')
  const found = await withEnvironment({ MSTA_FFMPEG: script }, findFfmpeg)
  assert.equal(found, { path: script, version: '9.9-fake', source: 'MSTA_FFMPEG' })
})

test('names all three attempts and the remedy', async () => {
  const wrong = path.join(folder, 'nothing-here')
  const error = await errorOf(() => withEnvironment({ MSTA_FFMPEG: wrong, PATH: folder }, findFfmpeg))
  assert.is(error.code, 'ERR_FFMPEG')
  for (const part of [wrong, 'ffmpeg-static', 'PATH', 'apt-get install ffmpeg'])
    assert.ok(error.message.includes(part))
})

test('a program that is not ffmpeg is refused', async () => {
  const error = await errorOf(() => withEnvironment({ MSTA_FFMPEG: process.execPath }, findFfmpeg))
  assert.is(error.code, 'ERR_FFMPEG')
  assert.match(error.message, /not ffmpeg|cannot be run/)
})

test('a silent ffmpeg is killed after the idle time-out', async () => {
  const script = makeScript('silent', 'exec sleep 30')
  const started = Date.now()
  const error = await errorOf(() =>
    withEnvironment({ MSTA_FFMPEG: script }, () =>
      runFfmpeg({ args: [], outputs: [], file: 'some.mp4', idleTimeoutMs: 200 }),
    ),
  )
  assert.is(error.code, 'ERR_TIMEOUT')
  assert.is(error.file, 'some.mp4')
  assert.ok(Date.now() - started < 5000)
  observe('ffmpeg', `silent: ${quote(error)}`)
})

test('a busy ffmpeg that never ends is killed after the whole time-out, and so are the pipes of its children', async () => {
  const script = makeScript('busy', 'sleep 20 & while true; do echo progress >&2; sleep 0.05; done')
  const started = Date.now()
  const error = await errorOf(() =>
    withEnvironment({ MSTA_FFMPEG: script }, () =>
      runFfmpeg({ args: [], outputs: [], file: 'some.mp4', idleTimeoutMs: 5000, timeoutMs: 400 }),
    ),
  )
  assert.is(error.code, 'ERR_TIMEOUT')
  assert.match(error.message, /0\.4 s/)
  assert.ok(Date.now() - started < 5000)
  observe('ffmpeg', `without an end: ${quote(error)}`)
})

test('abort rejects with the reason, before and during the run', async () => {
  const endless = ['-re', '-f', 'lavfi', '-i', 'color=red:s=32x32', '-f', 'null', '-']
  const reason = new Error('enough')
  const early = await errorOf(() =>
    runFfmpeg({ args: endless, outputs: [], file: 'x', signal: AbortSignal.abort(reason) }),
  )
  assert.is(early, reason)
  const controller = new AbortController()
  setTimeout(() => controller.abort(reason), 300)
  const late = await errorOf(() =>
    runFfmpeg({ args: endless, outputs: [], file: 'x', signal: controller.signal }),
  )
  assert.is(late, reason)
})

test('what a sink throws stops the run', async () => {
  const reason = new Error('too much')
  const sink = {
    write() {
      throw reason
    },
  }
  const args = ['-f', 'lavfi', '-i', 'color=red:s=32x32', '-f', 'rawvideo', 'pipe:1']
  assert.is(await errorOf(() => runFfmpeg({ args, outputs: [sink], file: 'x' })), reason)
})

test('only files can be read', async () => {
  const video = await makeVideo(path.join(folder, 'v.avi'), 'color=red:s=32x32:d=1', '-c:v', 'mpeg4')
  const open = (url: string) =>
    runFfmpeg({
      args: ['-protocol_whitelist', 'file,pipe', '-i', url, '-f', 'null', '-'],
      outputs: [],
      file: 'x',
    })
  assert.is((await open(fileUrl(video))).code, 0)
  assert.is.not((await open(`subfile,,start,0,end,0,,:${video}`)).code, 0)
})

test('a name can be neither an option nor a protocol', () => {
  assert.is(fileUrl('-y.mp4'), `file:${path.resolve('-y.mp4')}`)
  assert.is(fileUrl('http://x/a%03d.mp4'), `file:${path.resolve('http://x/a%03d.mp4')}`)
})

test('old versions get -vsync, others -fps_mode', () => {
  assert.is(passthroughArguments('4.4.2-0ubuntu')[0], '-vsync')
  assert.is(passthroughArguments('n5.0')[0], '-vsync')
  assert.is(passthroughArguments('5.1.9-0+deb12u1')[0], '-fps_mode')
  assert.is(passthroughArguments('N-112233-gabc')[0], '-fps_mode')
})

test('the log keeps the last telling complaint, and no count that a tag of the file made up', () => {
  const log = new FfmpegLog()
  log.write('[info]     : Input stream #0:0 (video): 9 packets read; 999 frames decoded\n')
  log.write('[mov @ 0x1] [error] moov atom not found\n[error] file:/a b: Invalid data found when')
  log.write(
    ' processing input\n[verbose]   Input stream #0:1 (video): 7 packets read (9 bytes); 5 frames decoded; ',
  )
  log.end()
  assert.is(log.reason(), 'moov atom not found')
  assert.is(log.decodedFrames.get(0), 5)
})

test('ffmpeg waits for a sink that takes its time, which is no idleness of ffmpeg', async () => {
  const script = makeScript('quick', 'head -c 1000000 /dev/zero')
  let taken = 0
  let isBusy = false
  const sink = {
    async write(chunk: Uint8Array) {
      assert.not.ok(isBusy, 'more came before the last was taken')
      isBusy = true
      if (taken === 0) await wait(1500)
      taken += chunk.length
      isBusy = false
    },
  }
  await withEnvironment({ MSTA_FFMPEG: script }, () =>
    runFfmpeg({ args: [], outputs: [sink], file: 'some.mp4', idleTimeoutMs: 1000 }),
  )
  assert.is(taken, 1_000_000)
})

test('a sink that fails late ends the run', async () => {
  const script = makeScript('endless', 'exec cat /dev/zero')
  const reason = new Error('full')
  const sink = { write: () => Promise.reject(reason) }
  const run = () =>
    withEnvironment({ MSTA_FFMPEG: script }, () => runFfmpeg({ args: [], outputs: [sink], file: 'some.mp4' }))
  assert.is(await errorOf(run), reason)
})

// One ends before its output is looked at, the other while it waits.
for (const [name, rest] of [
  ['short', ''],
  ['lasting', '; sleep 0.2'],
] as const)
  test(`an abort ends the run also when ffmpeg has ended and its output still waits (${name})`, async () => {
    const script = makeScript(name, `head -c 100000 /dev/zero${rest}`)
    const controller = new AbortController()
    const reason = new Error('stop')
    const sink = {
      write() {
        setTimeout(() => controller.abort(reason), 500)
        return new Promise<void>(() => {})
      },
    }
    const run = () =>
      withEnvironment({ MSTA_FFMPEG: script }, () =>
        runFfmpeg({ args: [], outputs: [sink], file: 'some.mp4', signal: controller.signal }),
      )
    assert.is(await errorOf(run), reason)
  })

test.run()
