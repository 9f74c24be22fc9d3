import type { DeviceName } from '../lib/runtime/device.js'
import type { Budget } from './budget.js'
import type { Peers } from './peers.js'
import type { BenchRow, Ceilings } from './result.js'

/** Sizes of the model: B/16, or a tiny one that tries the benchmark itself. */
export type ModelSize = 'b16' | 'tiny'

/** What every suite of a run shares. */
export interface Plan {
  /** `cpu` or `cuda:N`. */
  device: Extract<DeviceName, string>
  size: ModelSize
  budget: Budget
  /** Rounds of a contest between processes; undefined: the suite's own number. */
  rounds: number | undefined
  /** Part of the names of the kernels to measure; undefined: all. */
  kernel: string | undefined
  /** Undefined on the CPU. */
  ceilings: Ceilings | undefined
  /** Or why there are none. */
  peers: Peers | string
}

/** What a suite yields: a row, or what could not be measured. */
export type Result = BenchRow | { failure: { name: string; shape: string; error: string } }
