import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../lib/runtime/package-root.js'

const run = promisify(execFile)

/** A Python with what its trials need. */
export interface PythonPeer {
  python: string
  /** Of the packages that count, by name. */
  versions: Record<string, string>
}

/** onnxruntime-node, and the Python which writes its models. */
export interface OnnxPeer extends PythonPeer {
  /** Folder whose node_modules has onnxruntime-node. */
  folder: string
}

/** A Python with PyTorch, and where its trials run. */
export interface Peers {
  python: string
  device: 'cpu' | 'cuda'
  torch: string
  torchCuda: string | null
}

const PROBE =
  'import json, torch; print(json.dumps([torch.__version__, torch.version.cuda, torch.cuda.is_available()]))'
const NOT_INSTALLED = 'not installed; run bench/peers/setup'

/** Where bench/peers/setup puts everything. */
const peerFolder = process.env.MSTA_PEERS ?? path.join(homedir(), '.cache', 'msta-peers')
const peerPython = path.join(peerFolder, 'bin', 'python')

/** A program of bench/peers. */
export const peerProgram = (name: string): string => path.join(packageRoot, 'bench', 'peers', name)

/**
 * The PyTorch to measure against: that of bench/peers/setup; for a GPU one which sees it, python3's own if need be.
 * `MSTA_PEER_DEVICE=cpu` takes the CPU whatever the device, to try the benchmark of a GPU without one.
 *
 * @returns why there is none
 */
export async function findPeers(device: string): Promise<Peers | string> {
  const wanted = (process.env.MSTA_PEER_DEVICE ?? device).startsWith('cuda') ? 'cuda' : 'cpu'
  const candidates = existsSync(peerPython) ? [peerPython] : []
  if (wanted === 'cuda') candidates.push('python3')
  let reason = NOT_INSTALLED
  for (const python of candidates) {
    try {
      const { stdout } = await run(python, ['-c', PROBE], { timeout: 120_000 })
      const [torch, torchCuda, hasCuda] = JSON.parse(stdout.trim().split('\n').at(-1)!)
      if (wanted === 'cpu' || hasCuda) return { python, device: wanted, torch, torchCuda }
      reason = `PyTorch ${torch} of ${python} sees no GPU`
    } catch (error) {
      const lines = String((error as { stderr?: string }).stderr || error).trim()
      reason = `${python}: ${lines.split('\n').at(-1)}`
    }
  }
  return reason
}

/** The last line that a program prints, parsed; or the reason, if it fails. */
async function probe(program: string, args: string[], what: string): Promise<unknown | string> {
  try {
    const { stdout } = await run(program, args, { timeout: 120_000 })
    return JSON.parse(stdout.trim().split('\n').at(-1)!)
  } catch (error) {
    const lines = String((error as { stderr?: string }).stderr || error)
      .trim()
      .split('\n')
    return `${what}: ${(lines.findLast((line) => /Error/.test(line)) ?? lines.at(-1)!).trim()}`
  }
}

async function findPython(packages: readonly string[]): Promise<PythonPeer | string> {
  if (!existsSync(peerPython)) return NOT_INSTALLED
  const versions = packages.map((name) => `"${name}": ${name}.__version__`).join(', ')
  const source = `import json, ${packages.join(', ')}; print(json.dumps({${versions}}))`
  const found = await probe(peerPython, ['-c', source], NOT_INSTALLED)
  if (typeof found === 'string') return found
  return { python: peerPython, versions: found as Record<string, string> }
}

/** The Python with PyAV of bench/peers/setup, or why there is none. */
export const findAv = (): Promise<PythonPeer | string> => findPython(['av', 'numpy'])

/** The onnxruntime of bench/peers/setup, or why there is none. */
export async function findOnnx(): Promise<OnnxPeer | string> {
  const python = await findPython(['onnx', 'onnxruntime', 'torch'])
  if (typeof python === 'string') return python
  const source = `require('module').createRequire(${JSON.stringify(path.join(peerFolder, 'package.json'))})`
  const version = `const ort = ${source}('onnxruntime-node'); console.log(JSON.stringify(ort.env.versions))`
  const found = await probe(process.execPath, ['-e', version], NOT_INSTALLED)
  if (typeof found === 'string') return found
  const node = (found as { node?: string }).node ?? 'unknown'
  return { ...python, folder: peerFolder, versions: { ...python.versions, 'onnxruntime-node': node } }
}
