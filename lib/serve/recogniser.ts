import type { Adapter } from '../adapters/adapter.js'
import type { Prediction, ViCLIP, WindowRecognition } from '../recognition/viclip.js'
import { createGate } from '../runtime/gate.js'
import { DEFAULT_TEMPLATE } from '../text/prompts.js'

/** What is asked about a clip. */
export interface Question {
  file: string
  labels: readonly string[]
  windowSeconds: number
  strideSeconds: number
}

/** A part of the answer: the whole clip first, then its windows. */
export type Answer = { overall: Prediction[] } | { window: WindowRecognition }

const BEST_OF_WINDOW = 3

/** The model with the adapter of the moment, for one clip at a time. */
export class Recogniser {
  private readonly gate = createGate(1)
  /** Made by a training of this server, and so its to dispose of. */
  private own: Adapter | undefined

  constructor(
    readonly model: ViCLIP,
    private adapter: Adapter | null,
    private template = DEFAULT_TEMPLATE,
  ) {}

  /** Answers part by part; others wait until the last part is taken. @throws as `ViCLIP.classifyWindows` */
  answer(
    { file, labels, windowSeconds, strideSeconds }: Question,
    signal: AbortSignal,
    take: (part: Answer) => Promise<void>,
  ): Promise<void> {
    return this.gate(async () => {
      const { adapter, template } = this
      const options = { adapter, template, signal }
      const { predictions } = await this.model.classify(file, labels, { ...options, topK: labels.length })
      await take({ overall: predictions })
      const windows = { ...options, windowSeconds, strideSeconds, topK: BEST_OF_WINDOW }
      for await (const window of this.model.classifyWindows(file, labels, windows)) await take({ window })
    })
  }

  /** Uses a trained adapter from the next clip on. */
  use(adapter: Adapter, template: string): Promise<void> {
    return this.gate(async () => {
      this.own?.dispose()
      this.own = adapter
      this.adapter = adapter
      this.template = template
    })
  }

  /** Frees what is the server's own. To be called when nothing is being answered. */
  dispose(): void {
    this.own?.dispose()
  }
}
