import { type CudaSearch, finishedCudaSearch } from './cuda-plugin.js'
import { MstaError } from './errors.js'

/** An error that tells why there is no device called `name`, and what to do. `known` are those there are. */
export function noSuchDevice(name: string, known: readonly { name: string }[]): MstaError {
  const start = `There is no device "${name}"`
  const names = (prefix: string) => known.map((device) => device.name).filter((one) => one.startsWith(prefix))
  const gpus = names('cuda')
  const search = finishedCudaSearch()
  const explain = (): string => {
    if (!/^cuda(:\d+)?$/.test(name)) return `. Known devices: ${names('').join(', ')}.`
    if (gpus.length > 0)
      return `: there ${gpus.length === 1 ? 'is 1 CUDA device' : `are ${gpus.length} CUDA devices`}, ${gpus.join(', ')}.`
    if (!search) return ` yet: use \`await Device.open('${name}')\`, which looks for CUDA first.`
    return `: ${listAttempts(search)}\nThe device "cpu" works everywhere; "auto" takes it where CUDA cannot be used.`
  }
  return new MstaError('ERR_DEVICE', start + explain())
}

function listAttempts({ reason, attempts }: CudaSearch): string {
  const lines = attempts.map(({ path, reason, remedy }) => `\n  - ${path}: ${reason}; ${remedy}`)
  return `CUDA cannot be used here: ${reason}.${lines.join('')}`
}
