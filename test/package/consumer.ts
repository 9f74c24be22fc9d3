/** Programs of a user: in both module systems, and in TypeScript. */

/** Loads the packaged model and encodes a text; prints the shape of the result. */
const PROGRAM = `
  const model = await ViCLIP.load('msta-tiny', { device: 'cpu' })
  const { data, shape } = await model.encodeText(['a video of a circle'])
  model.dispose()
  if (!(data instanceof Float32Array) || data.length !== shape[0] * shape[1]) throw new Error('wrong shape')
  console.log(JSON.stringify(shape))
`

/** Uses the main parts of the API, typed; what must not compile is marked. */
const TYPED = `
import {
  type EvaluationResult,
  evaluate,
  loadAdapter,
  MSTA,
  MstaError,
  resolveRecipe,
  train,
  ViCLIP,
} from 'msta-native'

export async function use(signal: AbortSignal): Promise<EvaluationResult> {
  const model: ViCLIP = await ViCLIP.load('msta-tiny', { device: 'auto', dtype: 'auto', signal })
  const { predictions } = await model.classify('clip.mp4', ['archery', 'surfing'], { topK: 1, views: '1x1' })
  const label: string = predictions[0]!.label
  const { data: numbers, shape } = await model.encodeText([label])
  const total: number = numbers.length + shape.length
  const data = { root: 'clips', list: 'clips/train.txt', labels: 'clips/labels.csv' }
  const recipe = await resolveRecipe('few-shot', ['lambda=0'])
  const { adapter } = await train({ model, data, recipe, out: 'run' + total, signal })
  const other: MSTA = await MSTA.load(model, 'run/adapter.safetensors')
  other.dispose()
  ;(await loadAdapter(model, 'run/adapter.safetensors')).dispose()
  for await (const window of model.classifyWindows('long.mp4', ['archery'], { windowSeconds: 2 }))
    if (window.end < window.start) throw new MstaError('ERR_VIDEO', 'no')
  // @ts-expect-error: labels are strings
  await model.classify('clip.mp4', [1, 2])
  // @ts-expect-error: no such code
  new MstaError('ERR_NONE', 'no')
  return evaluate({ model, adapter, data, signal })
}
`

/** Files of a user's project by name. */
export const CONSUMER: Record<string, string> = {
  'import.mjs': `import { ViCLIP } from 'msta-native'\n${PROGRAM}`,
  'require.cjs': `const { ViCLIP } = require('msta-native')\nasync function main() {${PROGRAM}}\nmain()\n`,
  'same.mjs': `
import { createRequire } from 'node:module'
import * as imported from 'msta-native'
const required = createRequire(import.meta.url)('msta-native')
if (required.ViCLIP !== imported.ViCLIP) throw new Error('two copies')
console.log(Object.keys(imported).every((name) => required[name] === imported[name]))
`,
  'typed.mts': TYPED,
  'typed.cts': TYPED,
  'typed.ts': TYPED,
}

const compilerOptions = { strict: true, skipLibCheck: false, noEmit: true, target: 'es2022', types: ['node'] }

/** Configurations of TypeScript that a user may have, by name. */
export const TYPESCRIPT: Record<string, object> = {
  node16: {
    compilerOptions: { ...compilerOptions, module: 'node16' },
    files: ['typed.mts', 'typed.cts', 'typed.ts'],
  },
  nodenext: {
    compilerOptions: { ...compilerOptions, module: 'nodenext' },
    files: ['typed.mts', 'typed.cts', 'typed.ts'],
  },
  bundler: {
    compilerOptions: { ...compilerOptions, module: 'esnext', moduleResolution: 'bundler' },
    files: ['typed.ts'],
  },
}
