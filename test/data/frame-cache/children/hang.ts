/** Begins to write the entry of its argument, and never ends. */
import { writeSafetensors } from '../../../../lib/formats/safetensors.js'

setInterval(() => {}, 1000)
const data = () => {
  process.stdout.write('writing\n')
  return new Promise<never>(() => {})
}
await writeSafetensors(process.argv[2]!, { frames: { dtype: 'U8', shape: [1000], data } })
