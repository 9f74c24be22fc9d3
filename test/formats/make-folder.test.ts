import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeFolder } from '../../lib/formats/make-folder.js'
import { hasCode, rejection } from '../support/errors.js'
import { skipUnless } from '../support/skip.js'
import * as helpers from '../video/helpers.js'

const making = suite('makeFolder')
const { folder, remove } = helpers.makeFolder()
making.after(remove)

making(
  'makes a folder and those above it, also several at a time, and leaves one that is there',
  async () => {
    const deep = path.join(folder, 'a', 'b', 'c')
    const many = Array.from({ length: 40 }, (_, i) => path.join(folder, 'a', 'b', `${i % 20}`, 'd'))
    await Promise.all([deep, ...many, path.dirname(deep)].map(makeFolder))
    for (const each of [deep, ...many]) assert.ok(statSync(each).isDirectory())
    writeFileSync(path.join(deep, 'kept'), '')
    await makeFolder(deep)
    assert.ok(existsSync(path.join(deep, 'kept')))
  },
)

making('a file or a link to nowhere in the way is an error that names the folder', async () => {
  const file = path.join(folder, 'file')
  writeFileSync(file, '')
  const link = path.join(folder, 'link')
  symlinkSync(path.join(folder, 'nowhere'), link)
  mkdirSync(path.join(folder, 'real'))
  symlinkSync(path.join(folder, 'real'), path.join(folder, 'to-real'))
  for (const name of [file, path.join(file, 'x', 'y'), link, path.join(link, 'x', 'y')])
    assert.ok(hasCode('ERR_FILE', name, 'Check the path')(await rejection(makeFolder(name))))
  await makeFolder(path.join(folder, 'to-real', 'x'))
  assert.ok(statSync(path.join(folder, 'real', 'x')).isDirectory())
})

const underProc = skipUnless(making, existsSync('/proc/self'), 'there is no /proc here')
underProc('a folder below /proc is an error, too', async () => {
  for (const name of ['/proc/x', '/proc/x/y/z'])
    assert.ok(hasCode('ERR_FILE', name, 'ENOENT')(await rejection(makeFolder(name))))
})

making.run()
