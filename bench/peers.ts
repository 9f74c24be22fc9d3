import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../lib/runtime/package-root.js'

const run = promisify(execFile)

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

/** Where bench/peers/setup puts PyTorch. */
const peerPython = path.join(
  process.env.MSTA_PEERS ?? path.join(homedir(), '.cache', 'msta-peers'),
  'bin',
  'python',
)

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
