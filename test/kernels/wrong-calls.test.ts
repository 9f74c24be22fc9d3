// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

/** A wrong call is an error with a code: nothing crashes, and the stream goes on. */
import * as assert from 'uvu/assert'
import { deviceSuite } from './kernel-suite.js'
import type { Argument, Bench } from './run-case.js'
import { encode } from './storage.js'

const kernels = deviceSuite('kernels: wrong calls')
const { onDevice } = kernels

const f32 = (bench: Bench, count: number) =>
  bench.place('float32', encode('float32', new Float32Array(count).fill(1)))
const bf16 = (bench: Bench, count: number) =>
  bench.place('bfloat16', encode('bfloat16', new Float32Array(count)))
const i32 = (bench: Bench, ...values: number[]) => bench.place('int32', encode('int32', values))

async function expectError(
  bench: Bench,
  codes: string,
  kernel: string,
  numbers: number[],
  operands: Argument[],
) {
  let error: { code?: string; message: string } | undefined
  try {
    bench.run(kernel, numbers, operands)
    await bench.stream.sync(bench.job)
  } catch (caught) {
    error = caught as typeof error
  }
  assert.ok(error, `${kernel} accepted a wrong call: [${numbers.join(', ')}]`)
  assert.match(String(error.code), new RegExp(`^(${codes})$`), error.message)
  for (const operand of operands) if (operand) await stillIntact(bench, operand)
  await stillWorks(bench)
  bench.free(operands)
}

async function stillIntact(bench: Bench, operand: Exclude<Argument, null>) {
  bench.newJob()
  await bench.read(operand, 'an operand of a wrong call')
}

async function stillWorks(bench: Bench) {
  bench.newJob()
  const [x, out] = [f32(bench, 5), bench.placeEmpty('float32', 5)]
  bench.run('combine', [5, 1, 1, 2], [out, x])
  assert.equal([...(await bench.readValues(out, 'out'))], [3, 3, 3, 3, 3])
  bench.free([x, out])
}

onDevice('an operand with too few elements', async (bench) => {
  await expectError(
    bench,
    'ERR_SHAPE',
    'combine',
    [9, 1, 0, 1],
    [bench.placeEmpty('float32', 9), f32(bench, 8)],
  )
  await expectError(
    bench,
    'ERR_SHAPE',
    'combine',
    [9, 1, 0, 1],
    [bench.placeEmpty('float32', 8), f32(bench, 9)],
  )
  const linear = () => [
    f32(bench, 6),
    f32(bench, 8),
    f32(bench, 4),
    null,
    bench.placeEmpty('float32', 12),
    null,
  ]
  for (const short of [0, 1, 2, 4]) {
    const operands = linear()
    operands[short] = f32(bench, operands[short]!.elements - 1)
    await expectError(bench, 'ERR_SHAPE', 'linear_forward', [3, 2, 4, 0, 0, 1], operands)
  }
  const attention = [f32(bench, 23), bench.placeEmpty('float32', 8), null]
  await expectError(bench, 'ERR_SHAPE', 'attention_forward', [1, 2, 1, 4, 0, 0], attention)
})

onDevice('a required operand that is absent', async (bench) => {
  await expectError(
    bench,
    'ERR_SHAPE|ERR_NATIVE',
    'combine',
    [9, 1, 0, 1],
    [bench.placeEmpty('float32', 9), null],
  )
  const norm = [f32(bench, 6), null, f32(bench, 3), bench.placeEmpty('float32', 6), null, null]
  await expectError(bench, 'ERR_SHAPE|ERR_NATIVE', 'layer_norm_forward', [2, 3, 1e-5], norm)
  const needsPre = [f32(bench, 6), null, f32(bench, 6), null, bench.placeEmpty('float32', 4), null, null]
  await expectError(bench, 'ERR_SHAPE|ERR_NATIVE', 'linear_backward', [2, 2, 3, 1, 1], needsPre)
})

onDevice('an operand of the wrong storage type', async (bench) => {
  const codes = 'ERR_DTYPE|ERR_SHAPE'
  await expectError(
    bench,
    codes,
    'reduce_mean_forward',
    [4, 0],
    [bf16(bench, 4), bench.placeEmpty('float32', 1)],
  )
  const lookUp = [f32(bench, 2), f32(bench, 6), f32(bench, 4), bench.placeEmpty('float32', 4)]
  await expectError(bench, codes, 'token_embed_forward', [1, 2, 3, 2], lookUp)
  const residual = [f32(bench, 2), f32(bench, 2), null, bf16(bench, 1), bench.placeEmpty('float32', 1), null]
  await expectError(bench, codes, 'linear_forward', [1, 2, 1, 0, 0, 1], residual)
})

onDevice('a float operand that holds integers', async (bench) => {
  const codes = 'ERR_DTYPE|ERR_SHAPE'
  await expectError(
    bench,
    codes,
    'combine',
    [3, 1, 0, 1],
    [bench.placeEmpty('float32', 3), i32(bench, 1, 2, 3)],
  )
  const bytes = bench.place('uint8', new Uint8Array(3))
  await expectError(bench, codes, 'combine', [3, 1, 0, 1], [bytes, f32(bench, 3)])
  const norm = [
    bench.place('uint8', new Uint8Array(4)),
    f32(bench, 4),
    f32(bench, 4),
    bench.placeEmpty('float32', 4),
    null,
  ]
  await expectError(bench, codes, 'layer_norm_forward', [1, 4, 1e-5], [...norm, null])
})

onDevice('a packed weight of half a panel, or of another type', async (bench) => {
  const packed = (weight: Argument) => [
    f32(bench, 6),
    weight,
    null,
    null,
    bench.placeEmpty('float32', 15),
    null,
  ]
  await expectError(bench, 'ERR_SHAPE', 'linear_forward', [3, 2, 5, 0, 1, 1], packed(f32(bench, 10)))
  await expectError(
    bench,
    'ERR_DTYPE|ERR_SHAPE',
    'linear_forward',
    [3, 2, 5, 0, 1, 1],
    packed(bf16(bench, 64)),
  )
})

onDevice('a packing that there is not, and packed weights of each that are too small', async (bench) => {
  const call = (weight: Argument) => [
    f32(bench, 6),
    weight,
    null,
    null,
    bench.placeEmpty('float32', 15),
    null,
  ]
  for (const packing of [-1, 4, Number.NaN])
    await expectError(bench, 'ERR_SHAPE', 'linear_forward', [3, 2, 5, 0, packing, 1], call(f32(bench, 64)))
  const bytes = (count: number) => bench.place('uint8', new Uint8Array(count))
  await expectError(bench, 'ERR_SHAPE', 'linear_forward', [3, 2, 5, 0, 2, 1], call(bf16(bench, 63)))
  await expectError(bench, 'ERR_SHAPE', 'linear_forward', [3, 2, 5, 0, 3, 1], call(bytes(383)))
  await expectError(bench, 'ERR_SHAPE', 'linear_forward', [3, 2, 5, 0, 3, 1], call(null))
  const gradient = [f32(bench, 15), null, bytes(383), null, bench.placeEmpty('float32', 6), null, null]
  await expectError(bench, 'ERR_SHAPE', 'linear_backward', [3, 2, 5, 0, 3, 1], gradient)
})

kernels.onCpu('packing and unpacking weights of the wrong size, form or depth', async (bench) => {
  const bytes = (count: number) => bench.place('uint8', new Uint8Array(count))
  await expectError(bench, 'ERR_SHAPE', 'linear_pack', [2, 5, 0], [f32(bench, 10), f32(bench, 64)])
  await expectError(bench, 'ERR_SHAPE', 'linear_pack', [2, 5, 3], [f32(bench, 10), bytes(383)])
  await expectError(bench, 'ERR_SHAPE', 'linear_pack', [2, 5, 2], [f32(bench, 9), bf16(bench, 64)])
  await expectError(bench, 'ERR_SHAPE', 'linear_pack', [2, 5, 2], [f32(bench, 10), f32(bench, 64)])
  await expectError(bench, 'ERR_SHAPE', 'linear_unpack', [2, 5, 3], [bytes(383), f32(bench, 10)])
  await expectError(bench, 'ERR_SHAPE', 'linear_unpack', [2, 5, 3], [bytes(384), f32(bench, 9)])
  await expectError(bench, 'ERR_SHAPE', 'linear_unpack', [2, 5, 3], [null, f32(bench, 10)])
  await expectError(bench, 'ERR_SHAPE', 'linear_pack', [65537, 1, 3], [f32(bench, 65537), bytes(32 * 65548)])
})

onDevice('too few operands or numbers', async (bench) => {
  const codes = 'ERR_SHAPE|ERR_NATIVE|ERR_ARGUMENT'
  await expectError(bench, codes, 'combine', [3, 1, 0, 1], [bench.placeEmpty('float32', 3)])
  await expectError(bench, codes, 'combine', [3, 1, 0], [bench.placeEmpty('float32', 3), f32(bench, 3)])
  await expectError(bench, codes, 'linear_forward', [], [])
  await expectError(bench, codes, 'attention_forward', [1, 2, 1, 4, 0, 0], [f32(bench, 24)])
})

onDevice('numbers that cannot be', async (bench) => {
  const operands = () => [bench.placeEmpty('float32', 3), f32(bench, 3)]
  for (const count of [-1, Number.NaN, Number.NEGATIVE_INFINITY, 4]) {
    await expectError(bench, 'ERR_SHAPE', 'combine', [count, 1, 0, 1], operands())
  }
  await expectError(bench, 'ERR_SHAPE', 'combine', [3, 9, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1], operands())
  await expectError(bench, 'ERR_SHAPE', 'temporal_conv_forward', [1, 1, 1, 4, 6, 4, 3, 1], [])
  await expectError(bench, 'ERR_SHAPE', 'temporal_conv_forward', [1, 1, 1, 4, 8, 4, 2, 1], [])
  await expectError(bench, 'ERR_SHAPE', 'patch_embed_forward', [1, 3, 1, 9, 8, 4, 8], [])
  const window = [1, 8, 8, 6, 0, 0, 8, 8, 8, 8, 3, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1]
  const frames = () => [bench.place('uint8', new Uint8Array(192)), bench.place('uint8', new Uint8Array(108))]
  await expectError(bench, 'ERR_SHAPE', 'video_transform', window, frames())
})

onDevice('the adapter with a convolution that does not fit', async (bench) => {
  const [width, dim] = [4, 2]
  const call = async (rows: number, [frames, groups, kernel, tokens]: number[], weight = 24) => {
    const sizes = [rows * width, dim * width, dim, 0, 0, width * dim, width, rows * width, rows * width, 0]
    const operands = [...sizes, rows * dim, weight, width].map((size) => (size ? f32(bench, size) : null))
    const numbers = [rows, width, dim, 1, 0, 0, 0, frames!, groups!, kernel!, tokens!]
    await expectError(bench, 'ERR_SHAPE', 'msta_adapter_forward', numbers, operands)
  }
  await call(7, [3, 2, 2, 7]) // an even kernel
  await call(7, [3, 3, 3, 7])
  await call(7, [3, 0, 3, 7])
  await call(8, [3, 2, 3, 7]) // no whole videos
  await call(7, [4, 2, 3, 7]) // no whole patches
  await call(7, [0, 2, 3, 7])
  await call(7, [3, 2, 3, 0])
  await call(7, [3, 2, 3, 7], 11)
  await call(7, [3, 2, 3, 7], 0)
})

onDevice('sizes whose product does not fit in 64 bits', async (bench) => {
  const huge = 2 ** 32
  const operands = () => [f32(bench, 4), f32(bench, 4), null, null, bench.placeEmpty('float32', 4), null]
  await expectError(
    bench,
    'ERR_SHAPE|ERR_NATIVE|ERR_OUT_OF_MEMORY',
    'linear_forward',
    [huge, huge, huge, 0, 0, 1],
    operands(),
  )
})

onDevice('a kernel that is not there', async (bench) => {
  await expectError(bench, 'ERR_NATIVE|ERR_ARGUMENT', 'no_such_kernel', [1], [f32(bench, 1)])
})

onDevice('labels, ids and indices out of range', async (bench) => {
  for (const wrong of [-1, 3, 2147483647]) {
    const outputs = () => [bench.placeEmpty('float32', 1), bench.placeEmpty('float32', 6)]
    const loss = [f32(bench, 6), i32(bench, 1, wrong), ...outputs()]
    await expectError(bench, 'ERR_SHAPE|ERR_ARGUMENT', 'softmax_cross_entropy_forward', [2, 3], loss)
    const gradients = [f32(bench, 1), f32(bench, 6), i32(bench, 1, wrong), bench.placeEmpty('float32', 6)]
    await expectError(bench, 'ERR_SHAPE|ERR_ARGUMENT', 'softmax_cross_entropy_backward', [2, 3], gradients)
    const embed = [i32(bench, 0, wrong), f32(bench, 6), f32(bench, 4), bench.placeEmpty('float32', 4)]
    await expectError(bench, 'ERR_SHAPE|ERR_ARGUMENT', 'token_embed_forward', [1, 2, 3, 2], embed)
    const embedBack = [f32(bench, 4), i32(bench, 0, wrong), bench.placeEmpty('float32', 6), null]
    await expectError(bench, 'ERR_SHAPE|ERR_ARGUMENT', 'token_embed_backward', [1, 2, 3, 2, 2], embedBack)
    const gather = [f32(bench, 6), i32(bench, 0, wrong), bench.placeEmpty('float32', 4)]
    await expectError(bench, 'ERR_SHAPE|ERR_ARGUMENT', 'gather_rows_forward', [3, 2, 2], gather)
    const gatherBack = [f32(bench, 4), i32(bench, 0, wrong), bench.placeEmpty('float32', 6)]
    await expectError(bench, 'ERR_SHAPE|ERR_ARGUMENT', 'gather_rows_backward', [3, 2, 2], gatherBack)
  }
})

onDevice('an operand that ends behind its buffer', async (bench) => {
  const x = f32(bench, 3)
  const far = 1e6
  const call = [bench.placeEmpty('float32', far), { ...x, elements: far }]
  await expectError(bench, 'ERR_SHAPE|ERR_ARGUMENT|ERR_NATIVE', 'combine', [far, 1, 0, 1], call)
})

onDevice('after a failure the rest of the job is skipped, and it tells which call failed', async (bench) => {
  const [x, out] = [f32(bench, 3), bench.placeEmpty('float32', 3)]
  bench.stream.run('combine', bench.job, 41, [], Float64Array.of(3, 1, 0, 1))
  bench.run('combine', [3, 1, 0, 1], [out, x])
  let error: { code?: string; call?: number } | undefined
  try {
    await bench.stream.download(out.buffer, 0, 4, bench.job)
  } catch (caught) {
    error = caught as typeof error
  }
  assert.ok(error, 'the download of a failed job resolved')
  assert.is(error.call, 41)
  bench.newJob()
  assert.ok((await bench.readValues(out, 'out')).every(Number.isNaN), 'a call after the failure ran')
  await stillWorks(bench)
})

onDevice(
  'token_embed_backward: more tokens than positions, and an id checked where only positions get gradients',
  async (bench) => {
    const call = (length: number, ids: number[]) => [
      f32(bench, length * 2),
      i32(bench, ...ids),
      null,
      bench.placeEmpty('float32', 4),
    ]
    await expectError(bench, 'ERR_SHAPE', 'token_embed_backward', [1, 3, 3, 2, 2], call(3, [0, 1, 2]))
    await expectError(
      bench,
      'ERR_SHAPE|ERR_ARGUMENT',
      'token_embed_backward',
      [1, 2, 3, 2, 2],
      call(2, [0, 3]),
    )
  },
)

kernels.run()
