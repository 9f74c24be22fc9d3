import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** What the probing process tells. */
export interface ProbeAnswer {
  /** GPUs the plugin found. */
  count: number
  /** What the plugin (no GPU found) or the first GPU failed with. */
  error: string | null
}

/** Why a plugin cannot be used, and what to do. */
export interface ProbeFailure {
  reason: string
  remedy: string
}

/** What {@link probePlugin} needs. */
export interface ProbeSettings {
  /** Environment of the probing process. */
  env: NodeJS.ProcessEnv
  timeoutMs: number
  /** How to get another plugin. */
  remedy: string
}

const CHILD = fileURLToPath(new URL('./cuda-probe-child.js', import.meta.url))
const MOST_TEXT = 4000
// Where this process itself was stopped (a debugger, a sleeping laptop), the answer may lie unread when time is up.
const GRACE_MS = 200
const DRIVER_REMEDY = 'update the NVIDIA driver, and see whether `nvidia-smi` works'
const GPU_REMEDY = 'see whether `nvidia-smi` works; CUDA_VISIBLE_DEVICES chooses the GPUs to use'

/**
 * Tries a plugin in a process of its own, so that a driver or plugin that crashes or hangs takes nothing down.
 *
 * @param addon the file of the native addon
 * @param plugin absolute path of the plugin
 * @returns null when the plugin and its first GPU work; never rejects
 */
export async function probePlugin(
  addon: string,
  plugin: string,
  settings: ProbeSettings,
): Promise<ProbeFailure | null> {
  const end = await runChild([CHILD, addon, plugin], settings)
  const failure = judge(end, plugin, settings)
  return failure && { ...failure, reason: oneLine(failure.reason) }
}

/** `text` on one line. */
export const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, '; ')

/** How the child ended: not at all within the time, not startable, or with a status or signal. */
interface ChildEnd {
  timedOut?: boolean
  startError?: Error
  status?: number | null
  signal?: NodeJS.Signals | null
  answer: string
  stderr: string
}

function judge(end: ChildEnd, plugin: string, { timeoutMs, remedy }: ProbeSettings): ProbeFailure | null {
  const anew = `${remedy}; if it stays, ${DRIVER_REMEDY}`
  const { status, signal, stderr } = end
  const said = stderr.trim() === '' ? '' : `: ${stderr.trim().split('\n').at(-1)}`
  if (end.startError)
    return {
      reason: `no process could be started to try it (${end.startError.message})`,
      remedy: 'raise the limits on processes and memory',
    }
  if (end.timedOut) return { reason: `hung for ${timeoutMs / 1000} s when it was tried`, remedy: anew }
  if (signal) return { reason: `crashed (${signal}) when it was tried${said}`, remedy: anew }
  const answer = parseAnswer(end.answer)
  if (!answer) return { reason: `ended its process (status ${status})${said}`, remedy: anew }
  if (answer.error?.startsWith(`${plugin}: `))
    // The loader's words about the file itself; a driver's do not begin with its name.
    return { reason: answer.error.slice(plugin.length + 2), remedy }
  if (answer.error !== null)
    return { reason: answer.error, remedy: answer.count > 0 ? GPU_REMEDY : DRIVER_REMEDY }
  return answer.count > 0 ? null : { reason: 'found no GPU', remedy: GPU_REMEDY }
}

function parseAnswer(text: string): ProbeAnswer | undefined {
  try {
    return JSON.parse(text) as ProbeAnswer
  } catch {
    return undefined
  }
}

function runChild(args: string[], { env, timeoutMs }: ProbeSettings): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const text = { answer: '', stderr: '' }
    let child: ChildProcess
    try {
      child = spawn(process.execPath, args, {
        // NODE_OPTIONS may ask for a debugger, which would wait; Electron is Node only on demand.
        env: { ...env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      })
    } catch (error) {
      resolve({ ...text, startError: error as Error })
      return
    }
    const pipes = { stderr: child.stdio[2] as Readable, answer: child.stdio[3] as Readable }
    for (const name of ['stderr', 'answer'] as const)
      pipes[name].setEncoding('utf8').on('data', (chunk: string) => {
        text[name] = (text[name] + chunk).slice(-MOST_TEXT)
      })
    const kill = () => child.kill('SIGKILL')
    const finish = (end: Partial<ChildEnd>) => {
      clearTimeout(timer)
      process.off('exit', kill)
      resolve({ ...text, ...end })
    }
    const giveUp = () => {
      kill()
      // A process that hangs inside the driver may outlive even this: nothing of this one may wait for it.
      child.unref()
      for (const pipe of Object.values(pipes)) pipe.destroy()
      finish({ timedOut: true })
    }
    let timer = setTimeout(() => {
      timer = setTimeout(giveUp, GRACE_MS)
    }, timeoutMs)
    process.once('exit', kill)
    child.on('error', (startError) => finish({ startError }))
    child.on('close', (status, signal) => finish({ status, signal }))
  })
}
