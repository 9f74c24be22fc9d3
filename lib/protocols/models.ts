import type { ModelDType } from '../nn/model-dtype.js'
import { ViCLIP } from '../recognition/viclip.js'
import type { ModelRequest } from './request.js'

/** A model of a protocol, loaded when it is first asked for. */
export class LentModel {
  private shared: ViCLIP | undefined

  /** @param given used instead of loading where it will do; not disposed */
  constructor(
    private readonly request: ModelRequest,
    private readonly given?: ViCLIP,
  ) {}

  /** The model that all share who do not change it. */
  async get(signal?: AbortSignal): Promise<ViCLIP> {
    this.shared ??= this.given ?? (await this.load(this.request.dtype, signal))
    return this.shared
  }

  /** One to be changed and disposed by the caller, in float32. */
  toTune(signal?: AbortSignal): Promise<ViCLIP> {
    return this.load('float32', signal)
  }

  private load(dtype: 'auto' | ModelDType | undefined, signal?: AbortSignal): Promise<ViCLIP> {
    const { source, ...options } = this.request
    return ViCLIP.load(source, { ...options, dtype: dtype ?? 'auto', signal })
  }

  dispose(): void {
    if (this.shared !== this.given) this.shared?.dispose()
    this.shared = undefined
  }
}
