/** Chromium without a window, by the DevTools protocol over pipes: no library, no download. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'

const MOST_WAITING = 120_000
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']

/** The Chromium of this machine (or `MSTA_CHROMIUM`); undefined where there is none. */
export function findChromium(): string | undefined {
  const { MSTA_CHROMIUM } = process.env
  return (MSTA_CHROMIUM ? [MSTA_CHROMIUM] : NAMES).find((name) => {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore', timeout: 20_000 })
      return true
    } catch {
      return false
    }
  })
}

interface Message {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { message: string }
}

/** How a page is looked at. */
export interface View {
  width: number
  isDark: boolean
  /** Held to its own policy, which the checks of axe-core are not part of. */
  isHeldToPolicy?: boolean
}

/** A browser with one page. */
export class Browser {
  /** What pages have written on the console as errors, and what they wanted to load and could not. */
  readonly errors: string[] = []
  private readonly child: ChildProcess
  private readonly profile = mkdtempSync(path.join(tmpdir(), 'msta-chromium-'))
  private readonly waiting = new Map<number, (message: Message) => void>()
  private readonly listeners = new Map<string, () => void>()
  private session: string | undefined
  private count = 0

  /** @param more flags of the program */
  constructor(program: string, more: readonly string[] = []) {
    const flags = [
      ...more,
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', '--no-first-run'],
      ...['--disable-background-networking', `--user-data-dir=${this.profile}`, 'about:blank'],
    ]
    this.child = spawn(program, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    let text = ''
    const output = this.child.stdio[4] as Readable
    output.setEncoding('utf8').on('data', (part: string) => {
      const messages = (text + part).split('\0')
      text = messages.pop()!
      for (const message of messages) this.take(JSON.parse(message) as Message)
    })
  }

  private take({ id, method, params, ...rest }: Message): void {
    if (id !== undefined) this.waiting.get(id)?.({ id, ...rest })
    if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded')
      this.errors.push(JSON.stringify(params))
    if (method === 'Runtime.consoleAPICalled' && params?.type === 'error')
      this.errors.push(JSON.stringify(params))
    if (method) this.listeners.get(method)?.()
  }

  /** A command of the protocol. @throws what the browser complains about */
  async send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.count
    const sessionId = this.session
    const { result, error } = await new Promise<Message>((resolve) => {
      this.waiting.set(id, resolve)
      const input = this.child.stdio[3] as Writable
      input.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`)
    })
    this.waiting.delete(id)
    if (error) throw new Error(`${method}: ${error.message}`)
    return result!
  }

  /** Shows a file, or what is at an address. */
  async open(place: string, { width, isDark, isHeldToPolicy = false }: View): Promise<void> {
    if (!this.session) {
      const { targetInfos } = await this.send('Target.getTargets')
      const { targetId } = (targetInfos as { type: string; targetId: string }[]).find(
        ({ type }) => type === 'page',
      )!
      const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
      this.session = sessionId as string
      for (const domain of ['Page', 'Runtime', 'Log']) await this.send(`${domain}.enable`)
    }
    // The page's policy is for what it holds; the checks are run from outside.
    await this.send('Page.setBypassCSP', { enabled: !isHeldToPolicy })
    const size = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 }
    await this.send('Emulation.setDeviceMetricsOverride', size)
    const features = [{ name: 'prefers-color-scheme', value: isDark ? 'dark' : 'light' }]
    await this.send('Emulation.setEmulatedMedia', { features })
    const loaded = new Promise<void>((resolve) => this.listeners.set('Page.loadEventFired', resolve))
    const url = /^https?:/.test(place) ? place : pathToFileURL(place).href
    await this.send('Page.navigate', { url })
    await loaded
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const parameters = { expression, awaitPromise: true, returnByValue: true }
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', parameters)
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails))
    return (result as { value: T }).value
  }

  /** Chooses a file in the field that a selector names, as people do. */
  async choose(selector: string, file: string): Promise<void> {
    const { root } = await this.send('DOM.getDocument')
    const { nodeId } = await this.send('DOM.querySelector', {
      nodeId: (root as { nodeId: number }).nodeId,
      selector,
    })
    await this.send('DOM.setFileInputFiles', { nodeId, files: [file] })
  }

  /** Resolves when an expression holds in the page. @throws what the page complains of, after two minutes of waiting */
  async until(expression: string): Promise<void> {
    const end = performance.now() + MOST_WAITING
    while (!(await this.evaluate<boolean>(`Boolean(${expression})`))) {
      if (performance.now() > end) throw new Error(`${expression} never holds; ${this.errors.join()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** The whole page as PNG. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { captureBeyondViewport: true })
    return Buffer.from(data as string, 'base64')
  }

  /** Ends the browser. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGKILL')
    await ended
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
