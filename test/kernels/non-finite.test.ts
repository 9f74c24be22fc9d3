// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

/** A NaN or an infinity reaches the results that depend on it and no others. */
import * as assert from 'uvu/assert'
import { uniformNumbers } from './fill.js'
import { deviceSuite } from './kernel-suite.js'
import type { Argument, Bench } from './run-case.js'
import { encode } from './storage.js'

const kernels = deviceSuite('kernels: NaN and infinity')
const { onDevice } = kernels

type Dtype = 'float32' | 'bfloat16'

function random(count: number): Float64Array {
  const next = uniformNumbers(count)
  return Float64Array.from({ length: count }, () => 2 * next() - 1)
}

const place = (bench: Bench, dtype: Dtype, values: Float64Array) => bench.place(dtype, encode(dtype, values))

/** Which rows of an output hold a value that is not finite. */
function taintedRows(out: Float64Array, width: number): number[] {
  const rows = new Set<number>()
  out.forEach((value, at) => {
    if (!Number.isFinite(value)) rows.add(Math.floor(at / width))
  })
  return [...rows]
}

async function tainted(
  bench: Bench,
  kernel: string,
  numbers: number[],
  operands: Argument[],
  out: Argument,
  width: number,
) {
  bench.run(kernel, numbers, operands)
  const values = await bench.readValues(out!, kernel)
  bench.free(operands)
  return taintedRows(values, width)
}

/** Storage type and size of each packed form of a weight. */
function packings(depth: number, columns: number) {
  const wide = Math.ceil(columns / 32) * 32
  return [
    ['float32', wide * depth],
    ['bfloat16', wide * Math.ceil(depth / 2) * 2],
    ['uint8', wide * (Math.ceil(depth / 4) * 4 + 8)],
  ] as const
}

const poisons = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
/** First, middle and last lane of a vector, and the remainder behind the last vector. */
const columnsToTaint = [0, 5, 31, 32, 36]

for (const dtype of ['float32', 'bfloat16'] as const) {
  for (const poison of poisons) {
    onDevice(`linear: ${poison} in a row of x reaches this row only (${dtype})`, async (bench) => {
      const [rows, depth, columns] = [17, 37, 35]
      for (const activation of [0, 1, 2]) {
        for (const column of columnsToTaint) {
          const x = random(rows * depth)
          x[6 * depth + column] = poison
          const operands = [place(bench, dtype, x), place(bench, dtype, random(columns * depth)), null, null]
          const out = bench.placeEmpty(dtype, rows * columns)
          const call: Argument[] = [...operands, out, null]
          assert.equal(
            await tainted(
              bench,
              'linear_forward',
              [rows, depth, columns, activation, 0, 1],
              call,
              out,
              columns,
            ),
            [6],
          )
        }
      }
    })

    kernels.onCpu(
      `linear, packed: ${poison} in a row of x reaches this row only (${dtype})`,
      async (bench) => {
        const [rows, depth, columns] = [17, 37, 35]
        for (const [packing, [packedType, elements]] of packings(depth, columns).entries())
          for (const column of columnsToTaint) {
            const weight = place(bench, dtype, random(columns * depth))
            const packed = bench.placeEmpty(packedType, elements)
            bench.run('linear_pack', [depth, columns, packing + 1], [weight, packed])
            const x = random(rows * depth)
            x[6 * depth + column] = poison
            const out = bench.placeEmpty(dtype, rows * columns)
            const call = [place(bench, dtype, x), packed, null, null, out, null]
            const numbers = [rows, depth, columns, 1, packing + 1, 1]
            assert.equal(await tainted(bench, 'linear_forward', numbers, call, out, columns), [6])
            bench.free([weight])
          }
      },
    )

    onDevice(`layer_norm: ${poison} in a row of x reaches this row only (${dtype})`, async (bench) => {
      const [rows, width] = [9, 37]
      for (const column of columnsToTaint) {
        const x = random(rows * width)
        x[3 * width + column] = poison
        const inputs = [x, random(width), random(width)].map((values) => place(bench, dtype, values))
        const out = bench.placeEmpty(dtype, rows * width)
        const call: Argument[] = [...inputs, out, null, null]
        assert.equal(await tainted(bench, 'layer_norm_forward', [rows, width, 1e-5], call, out, width), [3])
      }
    })
  }

  onDevice(`linear: a NaN in a weight reaches its column in every row (${dtype})`, async (bench) => {
    const [rows, depth, columns] = [3, 37, 35]
    const weight = random(columns * depth)
    weight[33 * depth + 36] = Number.NaN
    const out = bench.placeEmpty(dtype, rows * columns)
    const operands = [
      place(bench, dtype, random(rows * depth)),
      place(bench, dtype, weight),
      null,
      null,
      out,
      null,
    ]
    bench.run('linear_forward', [rows, depth, columns, 2, 0, 1], operands)
    const values = await bench.readValues(out, 'out')
    bench.free(operands)
    assert.equal(
      [...values.keys()].filter((at) => Number.isNaN(values[at]!)),
      [33, columns + 33, 2 * columns + 33],
    )
  })

  kernels.onCpu(
    `linear, packed: a NaN in a weight reaches its column in every row (${dtype})`,
    async (bench) => {
      const [rows, depth, columns] = [3, 37, 35]
      const weight = random(columns * depth)
      weight[33 * depth + 36] = Number.NaN
      for (const [packing, [packedType, elements]] of packings(depth, columns).entries()) {
        const out = bench.placeEmpty(dtype, rows * columns)
        const packed = bench.placeEmpty(packedType, elements)
        const plain = place(bench, dtype, weight)
        bench.run('linear_pack', [depth, columns, packing + 1], [plain, packed])
        const operands = [place(bench, dtype, random(rows * depth)), packed, null, null, out, null]
        bench.run('linear_forward', [rows, depth, columns, 2, packing + 1, 1], operands)
        const values = await bench.readValues(out, 'out')
        bench.free([...operands, plain])
        assert.equal(
          [...values.keys()].filter((at) => Number.isNaN(values[at]!)),
          [33, columns + 33, 2 * columns + 33],
        )
      }
    },
  )

  onDevice(
    `msta_adapter: the convolution carries a NaN to the frames beside it only (${dtype})`,
    async (bench) => {
      const [rows, width, dim, frames, tokens] = [34, 16, 8, 4, 17]
      const adapt = async (at: number, infiniteTap: number) => {
        const h = random(rows * width)
        if (at >= 0) h[at * width + 5] = Number.NaN
        const weight = random(width * 3)
        if (infiniteTap >= 0) weight[7 * 3 + infiniteTap] = Number.POSITIVE_INFINITY
        const out = bench.placeEmpty(dtype, rows * width)
        const [down, up] = [random(dim * width), random(width * dim)]
        const inputs = [h, down, random(dim)].map((values) => place(bench, dtype, values))
        const others = [up, random(width), random(rows * width)].map((values) => place(bench, dtype, values))
        const temporal = [weight, random(width)].map((values) => place(bench, dtype, values))
        const z = bench.placeEmpty(dtype, rows * dim)
        const call = [...inputs, null, null, ...others, out, null, z, ...temporal]
        const numbers = [rows, width, dim, 1, 0, 0, 0, frames, dim, 3, tokens]
        return tainted(bench, 'msta_adapter_forward', numbers, call, out, width)
      }
      const patchRows = Array.from({ length: rows }, (_, row) => row).filter((row) => row % tokens > 0)
      const frameOf = (row: number) => ((row % tokens) - 1) % frames
      for (const aligned of [true, false]) {
        bench.aligned = aligned
        assert.equal(await adapt(7, -1), [6, 7, 8])
        assert.equal(await adapt(9, -1), [9, 10])
        assert.equal(await adapt(tokens + 4, -1), [tokens + 3, tokens + 4])
        assert.equal(await adapt(tokens, -1), [tokens])
        assert.equal(
          await adapt(-1, 0),
          patchRows.filter((row) => frameOf(row) > 0),
        )
        assert.equal(
          await adapt(-1, 2),
          patchRows.filter((row) => frameOf(row) < frames - 1),
        )
      }
    },
  )

  // Tensor cores take head dimensions that are multiples of 8; CPUs take short sequences another way.
  for (const [tokens, headDim] of [
    [19, 20],
    [19, 24],
    [40, 20],
    [300, 24],
  ] as const) {
    const [batch, heads] = [2, 2] as const
    const width = heads * headDim
    const attend = async (bench: Bench, part: number, causal: number, poison: number, first = 0) => {
      const qkv = random(batch * tokens * 3 * width)
      qkv[7 * 3 * width + part * width + 3] = poison
      bench.aligned = true
      const out = bench.placeEmpty(dtype, batch * (first ? 1 : tokens) * width)
      const call = [place(bench, dtype, qkv), out, null]
      const numbers = [batch, tokens, heads, headDim, causal, first]
      return tainted(bench, 'attention_forward', numbers, call, out, width)
    }

    onDevice(
      `attention: a NaN in a query reaches its token only (${dtype}, ${tokens}x${headDim})`,
      async (bench) => {
        assert.equal(await attend(bench, 0, 0, Number.NaN), [7])
        assert.equal(await attend(bench, 0, 1, Number.NaN), [7])
      },
    )

    onDevice(
      `attention: a NaN in a key or value reaches its sequence and no other (${dtype}, ${tokens}x${headDim})`,
      async (bench) => {
        const sequence = Array.from({ length: tokens }, (_, i) => i)
        assert.equal(await attend(bench, 1, 0, Number.NaN), sequence)
        assert.equal(await attend(bench, 2, 0, Number.NaN), sequence)
        assert.equal(await attend(bench, 2, 0, Number.POSITIVE_INFINITY), sequence)
        assert.equal(await attend(bench, 1, 0, Number.NaN, 1), [0])
        assert.equal(await attend(bench, 2, 0, Number.NaN, 1), [0])
      },
    )

    // A value meets the tokens before it with a weight of zero, and zero times NaN is NaN: only keys are masked.
    onDevice(
      `attention: causal, a NaN in a key does not reach the tokens before it (${dtype}, ${tokens}x${headDim})`,
      async (bench) => {
        const after = Array.from({ length: tokens - 7 }, (_, i) => 7 + i)
        assert.equal(await attend(bench, 1, 1, Number.NaN), after)
      },
    )
  }

  onDevice(`cosine: a NaN in a vector reaches its cosines only (${dtype})`, async (bench) => {
    const [rows, columns, size] = [5, 6, 37]
    for (const column of columnsToTaint) {
      const a = random(rows * size)
      a[2 * size + column] = Number.NaN
      const out = bench.placeEmpty('float32', rows * columns)
      const call = [place(bench, dtype, a), place(bench, dtype, random(columns * size)), out]
      assert.equal(
        await tainted(bench, 'cosine_forward', [rows, columns, size, 100, 0], call, out, columns),
        [2],
      )
      const paired = bench.placeEmpty('float32', rows)
      const pairs = [place(bench, dtype, a), place(bench, dtype, random(rows * size)), paired]
      assert.equal(await tainted(bench, 'cosine_forward', [rows, rows, size, 100, 1], pairs, paired, 1), [2])
    }
  })
}

onDevice(
  'softmax_cross_entropy: a NaN logit reaches the loss and the probabilities of its row only',
  async (bench) => {
    const [rows, classes] = [5, 37]
    for (const column of columnsToTaint) {
      const logits = random(rows * classes)
      logits[2 * classes + column] = Number.NaN
      const labels = bench.place('int32', encode('int32', new Int32Array(rows).fill(1)))
      const [loss, probabilities] = [
        bench.placeEmpty('float32', 1),
        bench.placeEmpty('float32', rows * classes),
      ]
      const call = [place(bench, 'float32', logits), labels, loss, probabilities]
      bench.run('softmax_cross_entropy_forward', [rows, classes], call)
      assert.ok(Number.isNaN((await bench.readValues(loss, 'loss'))[0]))
      assert.equal(taintedRows(await bench.readValues(probabilities, 'probabilities'), classes), [2])
      bench.free(call)
    }
  },
)

onDevice('softmax_cross_entropy: a logit of -infinity is a class without probability', async (bench) => {
  const logits = place(bench, 'float32', Float64Array.of(0, Number.NEGATIVE_INFINITY, 0, 0))
  const labels = bench.place('int32', encode('int32', [0]))
  const [loss, probabilities] = [bench.placeEmpty('float32', 1), bench.placeEmpty('float32', 4)]
  bench.run('softmax_cross_entropy_forward', [1, 4], [logits, labels, loss, probabilities])
  const values = [...(await bench.readValues(probabilities, 'probabilities'))]
  assert.is(values[1], 0)
  assert.ok(values.every((p, i) => i === 1 || Math.abs(p - 1 / 3) <= 1e-6))
})

kernels.run()
