import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readTar, TarError } from '../../lib/video/containers/tar.js'
import { observe } from '../support/observe.js'
import { seededRandom } from '../support/random.js'
import { paxRecords, sign, type TarItem, tarItem, tarOf } from '../support/tar.js'

const test = suite('video/tar')

async function list(archive: Buffer) {
  const members = []
  const readAt = async (position: number, length: number) => archive.subarray(position, position + length)
  for await (const member of readTar(readAt, archive.length)) members.push(member)
  return members
}

async function contents(...items: TarItem[]): Promise<string[]> {
  const archive = tarOf(...items)
  const members = await list(archive)
  return members.map(
    ({ name, start, length }) => `${name}=${archive.toString('utf8', start, start + length)}`,
  )
}

async function fails(archive: Buffer, message: RegExp): Promise<void> {
  try {
    await list(archive)
  } catch (error) {
    assert.instance(error, TarError)
    assert.match((error as Error).message, message)
    return
  }
  assert.unreachable(`expected ${message}`)
}

test('files, and where they lie', async () => {
  const long = 'x'.repeat(600)
  const files = [{ name: 'a.mp4', content: long }, { name: './b/c.cls', content: '1' }, { name: 'empty' }]
  assert.equal(await contents(...files), [`a.mp4=${long}`, 'b/c.cls=1', 'empty='])
  assert.equal(await list(tarOf()), [])
})

test('long names of ustar, GNU and pax; sizes of pax, and binary ones', async () => {
  const long = `${'folder/'.repeat(30)}é.mp4`
  const items = [
    { name: 'b.mp4', prefix: 'p/q', content: '1' },
    { name: '././@LongLink', type: 'L', content: `${long}\0` },
    { name: 'cut', content: '2' },
    { name: 'PaxHeader', type: 'x', content: paxRecords({ mtime: '1.5', path: `x${long}`, size: '3' }) },
    { name: 'cut', content: '333' },
    { name: 'plain', content: '4', size: 'binary' as const },
  ]
  assert.equal(await contents(...items), ['p/q/b.mp4=1', `${long}=2`, `x${long}=333`, 'plain=4'])
})

test('the size of pax goes before that of the header', async () => {
  const archive = Buffer.concat([
    tarItem({ name: 'PaxHeader', type: 'x', content: paxRecords({ size: '5' }) }),
    tarItem({ name: 'a', content: '12345', claimed: 0 }),
    tarOf({ name: 'b', content: '6' }),
  ])
  assert.equal(
    (await list(archive)).map(({ name, length }) => `${name} ${length}`),
    ['a 5', 'b 1'],
  )
})

test('folders, links and global headers are no files', async () => {
  const items = [
    { name: 'folder/', type: '5' },
    { name: 'link', type: '2' },
    { name: 'hard', type: '1', claimed: 10_000 },
    { name: 'pax_global_header', type: 'g', content: paxRecords({ comment: 'x' }) },
    { name: 'old folder/', type: '\0' },
    { name: 'old file', type: '\0', content: '1' },
  ]
  assert.equal(await contents(...items), ['old file=1'])
})

test('what is cut off has no end', async () => {
  const archive = tarOf({ name: 'a', content: 'x'.repeat(2000) }, { name: 'b', content: '2' })
  for (let length = 0; length <= archive.length - 1024; length += 256)
    await fails(archive.subarray(0, length), /incomplete/)
})

test('what is damaged, compressed, sparse or none', async () => {
  const archive = tarOf({ name: 'a', content: '1' }, { name: 'b', content: '2' })
  const damaged = Buffer.from(archive)
  damaged[1024] = 0x7f
  await fails(damaged, /header at 1024 is damaged/)
  await fails(Buffer.alloc(512, 'text'), /does not begin as one/)
  for (const [magic, name] of Object.entries({ '1f8b08': 'gzip', '28b52ffd': 'zstd', fd377a585a: 'xz' }))
    await fails(Buffer.concat([Buffer.from(magic, 'hex'), Buffer.alloc(600, 1)]), new RegExp(name))
  await fails(tarOf({ name: 'a', type: 'S' }), /holes/)
  await fails(
    tarOf({ name: 'x', type: 'x', content: paxRecords({ 'GNU.sparse.major': '1' }) }, { name: 'a' }),
    /holes/,
  )
})

test('hostile sizes and records', async () => {
  await fails(tarOf({ name: 'a', claimed: 8 ** 11 - 1 }), /beyond its end/)
  await fails(tarOf({ name: 'a', claimed: 2 ** 48 - 1, size: 'binary' }), /beyond its end/)
  const huge = tarOf({ name: 'a' })
  huge.fill(0xff, 125, 136)
  huge[124] = 0x80
  sign(huge.subarray(0, 512))
  await fails(huge, /no number/)
  await fails(tarOf({ name: 'l', type: 'L', content: 'n'.repeat(2 ** 20 + 1) }, { name: 'a' }), /too long/)
  for (const records of [
    '0 a=b\n',
    '9999 path=a\n',
    '-5 path=a\n',
    'x',
    '6 a=bc',
    '12 size=1e3\n',
    '12 size=-22\n',
  ])
    await fails(tarOf({ name: 'x', type: 'x', content: records }, { name: 'a' }), /pax|no size/)
})

test('whatever is changed, members lie within the archive or the error is typed', async () => {
  const random = seededRandom(7)
  const below = (n: number) => Math.floor(random() * n)
  const archive = tarOf(
    { name: 'x', type: 'x', content: paxRecords({ path: 'p/a.mp4', size: '700' }) },
    { name: 'a', content: 'a'.repeat(700) },
    { name: 'L', type: 'L', content: `${'n'.repeat(200)}\0` },
    { name: 'b', content: 'b'.repeat(10) },
    { name: 'c', content: 'c', size: 'binary' },
  )
  const headers = [0, 1024, 2560, 3584, 4608]
  let refused = 0
  for (let round = 0; round < 3000; round++) {
    const changed = Buffer.from(archive.subarray(0, random() < 0.2 ? below(archive.length) : archive.length))
    for (let i = below(4); i >= 0; i--) if (changed.length > 0) changed[below(changed.length)] = below(256)
    // Without a right checksum no change of a header would come further than that.
    for (const at of headers) if (at + 512 <= changed.length) sign(changed.subarray(at, at + 512))
    try {
      for (const { start, length } of await list(changed))
        assert.ok(start >= 512 && length >= 0 && start + length <= changed.length)
    } catch (error) {
      if (!(error instanceof TarError)) throw error
      refused++
    }
  }
  assert.ok(refused > 300 && refused < 2900, `${refused}`)
  observe(
    'tar',
    `${refused} of 3000 changed archives refused by a typed error; members of the others within them`,
  )
})

test.run()
