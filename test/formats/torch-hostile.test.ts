import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTensorFile } from '../../lib/formats/open.js'
import { hasCode, rejection } from '../support/errors.js'
import { observe } from '../support/observe.js'
import { fixture, integer, legacy, opcodes, tensor, text } from './torch-fixtures.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-torch-hostile-'))
const file = path.join(folder, 'hostile.pth')
const hostile = suite('hostile PyTorch checkpoints')
hostile.after(() => rmSync(folder, { recursive: true }))

async function refuses(content: Buffer, ...parts: string[]): Promise<void> {
  writeFileSync(file, content)
  hasCode('ERR_FORMAT', file, ...parts)(await rejection(openTensorFile(file)))
}

const refusesObject = (object: Buffer, ...parts: string[]) => refuses(legacy(object), ...parts)

const COMMAND = text('echo a pickle was run')
/** Every way in which a pickle can call what it names. */
const CALLS: Record<string, Buffer> = {
  reduce: opcodes('cposix\nsystem\n', COMMAND, '\x85R'),
  newobj: opcodes('cposix\nsystem\n', COMMAND, '\x85\x81'),
  newobj_ex: opcodes('cposix\nsystem\n', COMMAND, '\x85}\x92'),
  obj: opcodes('(cposix\nsystem\n', COMMAND, 'o'),
  inst: opcodes('(', COMMAND, 'iposix\nsystem\n'),
  stack_global: opcodes(text('posix'), text('system'), '\x93', COMMAND, '\x85R'),
  build: opcodes('cposix\nsystem\n}', text('__setstate__'), COMMAND, 'sb'),
  'an item of an allowed class': opcodes('ccollections\nOrderedDict\n)R', text('a'), 'cposix\nsystem\n', 's'),
}

for (const [way, object] of Object.entries(CALLS)) {
  hostile(`refuses a pickle that calls os.system by ${way}, and names it`, async () => {
    await refusesObject(object, 'posix.system', 'refused', 'Nothing of it was run')
    observe('pickles', { 'ways to call os.system refused with ERR_FORMAT': 1 })
  })
}

hostile('refuses os.system in an archive as torch.save writes it', async () => {
  hasCode('ERR_FORMAT', 'posix.system')(await rejection(openTensorFile(fixture('evil.pth'))))
})

hostile('refuses names beside the allowed ones', async () => {
  const names = [
    ['builtins', 'eval'],
    ['builtins', 'getattr'],
    ['torch', 'load'],
    ['torch.storage', '_load_from_bytes'],
    ['torch._utils', '_rebuild_tensor'],
    ['torch._utils', '__globals__'],
    ['__torch', 'x'],
    ['torch', 'constructor'],
    ['constructor', 'constructor'],
    ['__proto__', 'x'],
    ['collections', 'OrderedDict.__init__'],
  ] as const
  for (const [module, name] of names) {
    await refusesObject(opcodes(text(module), text(name), '\x93)R'), `${module}.${name}`)
  }
  await refusesObject(opcodes('cm\u00001\nn\n'), 'm\\u00001.n')
  await refusesObject(opcodes(`c${'m'.repeat(900)}\nn\n`), `${'m'.repeat(200)}...`)
  await refusesObject(opcodes(`c${'m'.repeat(2000)}\nn\n`), 'name of more than')
})

hostile('refuses calls that tensors do not make', async () => {
  await refusesObject(opcodes('})R'), 'calls what is no function')
  await refusesObject(opcodes('ctorch\nFloatStorage\n)R'), 'calls what is no function')
  await refusesObject(opcodes('ccollections\nOrderedDict\n}R'), 'without a tuple')
  await refusesObject(opcodes('ccollections\nOrderedDict\n)}', text('a'), 'Ns\x92'), 'named arguments')
  await refusesObject(opcodes('ccollections\nOrderedDict\n](K\x01e\x85R'), 'no pairs')
  await refusesObject(opcodes('ctorch._utils\n_rebuild_parameter\n)R'), 'no tensor')
  await refusesObject(opcodes('ctorch._utils\n_rebuild_tensor_v2\n)R'), 'without a storage')
})

hostile('refuses persistent ids that are no storages', async () => {
  for (const id of ['N', ')', ']', 'K\x01', '(NNNNNt', 'ctorch\nFloatStorage\n']) {
    await refusesObject(opcodes(id, 'Q'), 'persistent id')
  }
  await refusesObject(opcodes('Pnonsense\n'), 'persistent id')
  const storage = (...parts: (string | Buffer)[]) => opcodes('(', ...parts, 'tQ')
  const FLOAT = 'ctorch\nFloatStorage\n'
  await refusesObject(storage(text('module'), FLOAT, text('0'), text('cpu'), 'K\x01'), 'persistent id')
  await refusesObject(
    storage(text('storage'), 'ctorch\nfloat32\n', text('0'), text('cpu'), 'K\x01'),
    'persistent id',
  )
  await refusesObject(storage(text('storage'), FLOAT, 'K\x00', text('cpu'), 'K\x01'), 'persistent id')
  await refusesObject(storage(text('storage'), FLOAT, text('0'), text('cpu'), integer(-1)), 'persistent id')
  await refusesObject(
    storage(text('storage'), FLOAT, text('0'), text('cpu'), 'G\x3f\xe0\0\0\0\0\0\0'),
    'persistent id',
  )
  for (const view of [')', 'K\x01', '(NK\x00t', '(NK\x00K\x02t', '(NK\x01K\x01t', '(NNK\x01t'])
    await refusesObject(
      storage(text('storage'), FLOAT, text('0'), text('cpu'), 'K\x01', view),
      'view of more than there is',
    )
  const untyped = 'ctorch.storage\nUntypedStorage\n'
  await refusesObject(
    storage(text('storage'), untyped, text('0'), text('cpu'), 'K\x01', '(NK\x00K\x01t'),
    'without a type',
  )
})

hostile('refuses tensors that their storages cannot hold', async () => {
  const one = (object: Buffer) => opcodes('}', text('x'), object, 's')
  const beyond = tensor('0', 4, 1, [2], [1], [0, 2])
  await refuses(legacy(one(beyond), { 0: [1, 2, 3, 4] }), 'beyond its view')
  const with4 = (object: Buffer, ...parts: string[]) =>
    refuses(legacy(one(object), { 0: [1, 2, 3, 4] }), ...parts)
  const MOST = 2 ** 31 - 1
  await with4(tensor('0', 4, 0, [5], [1]), '"x"', 'beyond its storage')
  await with4(tensor('0', 4, 1, [4], [1]), '"x"', 'beyond its storage')
  await with4(tensor('0', 4, 5, [0], [1]), '"x"', 'beyond its storage')
  await with4(tensor('0', 4, 0, [2, 2], [3, 1]), '"x"', 'beyond its storage')
  await with4(tensor('0', 4, MOST, [1], [1]), '"x"', 'beyond its storage')
  await with4(tensor('0', 4, 0, [2, 2], [MOST, MOST]), '"x"', 'beyond its storage')
  await with4(tensor('0', 4, 0, [MOST], [0]), '8589934588 bytes')
  await with4(tensor('0', 4, 0, [MOST, MOST, MOST], [0, 0, 0]), 'too large')
  await with4(tensor('0', 4, 0, [MOST, MOST, MOST], [MOST, MOST, MOST]), 'too large')
  await with4(tensor('0', 4, 0, [-1], [1]), 'proper shape')
  await with4(tensor('0', 4, 0, [1], [-1]), 'proper shape')
  await with4(tensor('0', 4, -1, [1], [1]), 'proper shape')
  await with4(tensor('0', 4, 0, [1, 1], [1]), 'proper shape')
  await with4(tensor('0', 4, 0, new Array(65).fill(1), new Array(65).fill(1)), 'proper shape')
  await with4(tensor('0', 5, 0, [1], [1]), 'storage "0" has 16 bytes', '20')
  await with4(tensor('0', MOST, 0, [1], [1]), 'storage "0" has 16 bytes')
  await with4(tensor('1', 4, 0, [1], [1]), 'storage "0" belongs to no tensor')
  await refuses(legacy(one(tensor('0', 4, 0, [4], [1]))), '"x"', 'no storage "0"')
  await refuses(
    legacy(opcodes('}', text('__proto__'), tensor('0', 1, 0, [1], [1]), 's'), { 0: [1] }),
    '__proto__',
  )
  await refuses(legacy(tensor('0', 1, 0, [1], [1]), { 0: [1] }), 'without a name')
  const twice = opcodes('}(', text('a.b'), tensor('0', 1, 0, [1], [1]), text('a'), '}', text('b'))
  await refuses(legacy(opcodes(twice, tensor('0', 1, 0, [1], [1]), 'su'), { 0: [1] }), '"a.b"', 'twice')
})

hostile('refuses tensors that are not what their numbers say', async () => {
  const storage = opcodes(
    '(',
    text('storage'),
    'ctorch.storage\nUntypedStorage\n',
    text('0'),
    text('cpu'),
    'K\x04tQ',
  )
  const view = (version: number, ...more: (string | Buffer)[]) =>
    opcodes(
      `ctorch._utils\n_rebuild_tensor_v${version}\n(`,
      storage,
      'K\x00K\x01\x85K\x01\x85\x89N',
      ...more,
      'tR',
    )
  const negated = opcodes('}', text('neg'), '\x88s')
  await refusesObject(view(2), 'without a type')
  await refusesObject(view(3), 'without a type')
  await refusesObject(view(3, 'ctorch\nFloatStorage\n'), 'without a type')
  await refusesObject(view(3, 'ctorch\nfloat32\n', negated), 'negated')
  await refusesObject(view(2, negated), 'negated')
})

hostile('refuses a small file that stands for much memory', async () => {
  const views = Array.from({ length: 300 }, (_, i) => [text(`v${i}`), tensor('0', 16384, 0, [16384], [1])])
  const numbers = new Array<number>(16384).fill(1)
  await refuses(legacy(opcodes('}(', ...views.flat(), 'u'), { 0: numbers }), 'its tensors are')
})

hostile('refuses pickles that are not well-formed', async () => {
  for (const opcode of [
    'F1.0\n',
    'I1\n',
    'L1L\n',
    "S'a'\n",
    'Va\n',
    'p0\n',
    'g0\n',
    '\x82\0',
    '\x97',
    '\xff',
    '\0',
  ]) {
    const code = opcode.charCodeAt(0).toString(16).padStart(2, '0')
    await refusesObject(opcodes(opcode), `unknown opcode 0x${code}`)
  }
  await refusesObject(opcodes(''), 'empty stack')
  await refusesObject(opcodes('(K\x010'), 'empty stack')
  await refusesObject(opcodes('K\x01(0'), 'empty stack')
  await refusesObject(opcodes('t'), 'lacks a mark')
  await refusesObject(opcodes('h\x05'), 'value 5')
  await refusesObject(opcodes('\x80\x09'), 'protocol 9')
  await refusesObject(opcodes('}K\x01a'), 'no list')
  await refusesObject(opcodes(']K\x01K\x01s'), 'no dictionary')
  await refusesObject(opcodes('}(K\x01u'), 'key without a value')
  await refusesObject(opcodes('](K\x01\x90'), 'no set')
  await refusesObject(opcodes(']}b'), 'a state')
  await refusesObject(opcodes('NN\x93'), 'no text')
  await refusesObject(opcodes('X\x01\0\0\0\xff'), 'UTF-8')
  await refusesObject(opcodes('T\xff\xff\xff\xff'), 'negative')
  await refusesObject(opcodes('\x8b\xff\xff\xff\xff'), 'integer of -1 bytes')
  await refusesObject(opcodes('\x8b\xff\xff\xff\x7f'), 'integer of 2147483647 bytes')
  for (const length of [
    'X\xff\xff\xff\xff',
    'B\xff\xff\xff\xff',
    `\x8d${'\xff'.repeat(8)}`,
    `\x8e${'\xff'.repeat(8)}`,
  ]) {
    await refusesObject(opcodes(length), 'cut short')
  }
})

hostile('bombs end early, in little memory', async () => {
  const before = process.memoryUsage().rss
  await refusesObject(opcodes('K\x01'.repeat(200_000)), 'too deep a stack')
  await refusesObject(opcodes('('.repeat(200_000)), 'too many marks')
  await refusesObject(opcodes('K\x01', '\x94'.repeat(2_000_000)), 'memorises')
  await refusesObject(opcodes('}0'.repeat(1_000_000)), 'objects')
  await refusesObject(opcodes(']', ']a'.repeat(1_000_000)), 'items')
  await refusesObject(opcodes(']', 'Na'.repeat(1_000_000)), 'items')
  await refusesObject(opcodes('}', 'NNs'.repeat(1_000_000)), 'items')
  const storage = opcodes('(', text('storage'), 'ctorch\nFloatStorage\n', text('0'), text('cpu'), 'K\x01t')
  await refusesObject(opcodes(storage, '2Q0'.repeat(1_000_000)), 'objects')
  await refusesObject(opcodes(']'.repeat(200), 'a'.repeat(199)), 'nested over 64')
  await refusesObject(opcodes('N0'.repeat(10_000_000)), 'its pickle has over')
  // Lists of lists of one tensor, ten times each: 10 ** 30 names.
  const levels = Array.from({ length: 30 }, () => `](${'h\x00'.repeat(10)}eq\x000`)
  const laughs = opcodes('}', text('x'), tensor('0', 1, 0, [1], [1]), 'q\x000', ...levels, 'h\x00s')
  await refuses(legacy(laughs, { 0: [1] }), 'too many names')
  writeFileSync(file, legacy(opcodes(']q\x00h\x00a', tensor('0', 1, 0, [1], [1]), 'a'), { 0: [1] }))
  assert.equal([...(await openTensorFile(file)).tensors.keys()], ['1'], 'a list in itself')
  // The same without tensors is looked through once.
  writeFileSync(file, legacy(opcodes('](K\x01eq\x000', ...levels, 'h\x00')))
  assert.is((await openTensorFile(file)).tensors.size, 0)
  const grown = process.memoryUsage().rss - before
  assert.ok(grown < 1e9, `${grown} bytes`)
})

hostile('refuses archives that PyTorch would not have written', async () => {
  hasCode(
    'ERR_FORMAT',
    'compressed',
    'Save it again',
  )(await rejection(openTensorFile(fixture('deflated.pth'))))
  const small = readFileSync(fixture('small.pth'), 'latin1')
  const changed = (from: string, to: string) => {
    assert.ok(small.includes(from), from)
    return Buffer.from(small.replaceAll(from, to), 'latin1')
  }
  await refuses(changed('little', 'BigEnd'), 'byte order')
  await refuses(changed('small/data.pkl', 'small/data.pkx'), '0 data.pkl')
  await refuses(changed('small/data/0', 'small/data/1'), 'occurs twice')
  await refuses(changed('small/data/0', 'small/data/9'), '"a"', 'no storage "0"')
  await refuses(changed('PK\x05\x06', 'PK\x05\x07'), 'zip directory')
  await refuses(changed('PK\x01\x02', 'PK\x01\x03'), 'zip directory')
  await refuses(changed('PK\x03\x04', 'PK\x03\x05'), 'zip directory')
})

hostile.run()
