import type { Adapter } from '../adapters/adapter.js'
import { readAll } from '../formats/safetensors.js'

/** The values that an adapter had when its validation was best: in a file, or in memory where there is none. */
export class BestAdapter {
  private values: ReadonlyMap<string, { data: Float32Array }> | undefined

  /** @param file where they are kept; undefined for memory */
  constructor(
    private readonly adapter: Adapter,
    private readonly file: string | undefined,
  ) {}

  /** Keeps the values of now in place of those before. @throws MstaError ERR_FILE */
  async keep(): Promise<void> {
    if (this.file === undefined) this.values = await this.adapter.parameters.values()
    else await this.adapter.save(this.file)
  }

  /** Gives the adapter the values that were kept last, by this run or the one it continues. @throws MstaError ERR_FILE, ERR_FORMAT */
  async putBack(): Promise<void> {
    const { adapter, file } = this
    const kept = this.values ?? (file === undefined ? undefined : (await readAll(file)).tensors)
    if (!kept) return
    const values = [...kept].map(([name, { data }]) => [name, data as Float32Array] as const)
    adapter.parameters.assign(new Map(values))
    if (adapter.tunesModel) await adapter.model.parametersChanged()
  }
}
