// The onnxruntime peer of the forwards: the model that onnx_viclip.py wrote; one JSON line of times.
//
//   node onnx_forward.mjs FOLDER_OF_MODEL FOLDER_OF_PEERS [--repeat 3] [--dtype f32|int8]
//
// All graph optimisations, as many threads as cores; the output must be PyTorch's but for rounding.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

const WARMUP = 2
/** Least cosine to PyTorch's embedding in float32. */
const LEAST_COSINE = { f32: 0.99999, int8: 0.999 }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repeat: { type: 'string', default: '3' },
    dtype: { type: 'string', default: 'f32' },
    shape: { type: 'string' },
  },
})
const [folder, peers] = positionals
const ort = createRequire(path.join(path.resolve(peers), 'package.json'))('onnxruntime-node')

const floats = (file) => new Float32Array(new Uint8Array(readFileSync(path.join(folder, file))).buffer)
const session = await ort.InferenceSession.create(path.join(folder, 'model.onnx'), {
  graphOptimizationLevel: 'all',
  executionMode: 'sequential',
  intraOpNumThreads: availableParallelism(),
  interOpNumThreads: 1,
})
const { shape, type } = session.inputMetadata[0]
const bytes = new Uint8Array(readFileSync(path.join(folder, 'input.bin'))).buffer
const data = type === 'int64' ? new BigInt64Array(bytes) : new Float32Array(bytes)
const input = new ort.Tensor(type, data, shape)
const run = async () => (await session.run({ input })).output.data

const expected = floats('output.bin')
const rows = shape[0]
const found = await run()
const width = expected.length / rows
for (let row = 0; row < rows; row++) {
  let [product, ours, theirs] = [0, 0, 0]
  for (let i = row * width; i < (row + 1) * width; i++) {
    product += found[i] * expected[i]
    ours += found[i] ** 2
    theirs += expected[i] ** 2
  }
  const cosine = product / Math.sqrt(ours * theirs)
  if (!(cosine > LEAST_COSINE[values.dtype]))
    throw new Error(`row ${row}: cosine ${cosine} to PyTorch's output`)
}
for (let i = 1; i < WARMUP; i++) await run()
const times = []
for (let i = 0; i < Number(values.repeat); i++) {
  const started = performance.now()
  await run()
  times.push(performance.now() - started)
}
const peakRssMb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
console.log(JSON.stringify({ name: 'onnxruntime-node', times, peakRssMb }))
