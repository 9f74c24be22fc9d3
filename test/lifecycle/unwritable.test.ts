/** Run folders that cannot be written: an error that names them, at once, before anything is computed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAIN, makeFolder, msta } from '../cli/helpers.js'
import { observe, quote } from '../support/observe.js'
import { skipUnless } from '../support/skip.js'
import { canMount, inNamespace, mountAt } from './namespace.js'
import { type SmallTraining, smallTraining } from './small-training.js'

const unwritable = suite('unwritable folders')
const { folder, remove } = makeFolder()
unwritable.after(remove)
let training: SmallTraining
const file = path.join(folder, 'a-file')
const disk = path.join(folder, 'disk')

unwritable.before(async () => {
  training = await smallTraining(folder, 1)
  writeFileSync(file, 'kept')
  mkdirSync(disk)
})

for (const out of ['/proc/msta/run', '/dev/null/run', file, path.join(file, 'run')]) {
  const test = skipUnless(
    unwritable,
    !out.startsWith('/proc') || existsSync('/proc/self'),
    'there is no /proc',
  )
  test(`--out ${path.relative(folder, out)}`, async () => {
    const { status, stdout, stderr } = await msta(training.command(out))
    assert.equal([status, stdout], [1, ''], stderr)
    for (const part of [out, 'ERR_FILE', 'Check the path']) assert.ok(stderr.includes(part), stderr)
    assert.not.match(stderr, 'epoch')
    assert.is(readFileSync(file, 'utf8'), 'kept')
    observe('unwritable', `status ${status}, ${quote(stderr)}`)
  })
}

skipUnless(
  unwritable,
  canMount(folder),
  'no file system can be mounted here',
)('a run on a disk that has become read-only', () => {
  const run = path.join(disk, 'run')
  const script = `${mountAt(disk, 'size=4096k')} && mkdir '${run}' && mount -o remount,ro '${disk}' && exec "$@"`
  const { status, stdout, stderr } = inNamespace(script, [process.execPath, MAIN, ...training.command(run)])
  assert.equal([status, stdout], [1, ''], stderr)
  for (const part of [run, 'ERR_FILE', 'EROFS', 'permissions']) assert.ok(stderr.includes(part), stderr)
  observe('unwritable', `status ${status}, ${quote(stderr)}`)
})

unwritable.run()
