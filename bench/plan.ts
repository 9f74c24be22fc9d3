import type { DeviceName } from '../lib/runtime/device.js'
import type { Budget } from './budget.js'
import type { OnnxPeer, Peers, PythonPeer } from './peers.js'
import type { BenchFile, BenchRow, Ceilings } from './result.js'

/** Sizes of the model: B/16, or a tiny one that tries the benchmark itself. */
export type ModelSize = 'b16' | 'tiny'

/** Storage types that models are measured in. */
export const MODEL_DTYPES = ['float32', 'bfloat16', 'int8'] as const
/** One of {@link MODEL_DTYPES}. */
export type BenchDType = (typeof MODEL_DTYPES)[number]

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
  /** Storage types to measure; undefined: those of the suite. */
  dtypes: readonly BenchDType[] | undefined
  /** Label files whose classes the text encoder is measured on; empty: prompts made up. */
  labels: readonly string[]
  /** Folder of clips to decode; undefined: clips made up. */
  videos: string | undefined
  /** A folder for the files of this run, removed at its end. */
  folder: string
  ceilings: Ceilings | undefined
  /** PyTorch, or why there is none. */
  peers: Peers | string
  /** onnxruntime for Node, and a Python that writes models for it. */
  onnx: OnnxPeer | string
  /** A Python with PyAV. */
  av: PythonPeer | string
}

/** The storage types of a suite that are asked for. */
export const chosenDtypes = <D extends BenchDType>(plan: Plan, possible: readonly D[]): D[] =>
  possible.filter((dtype) => !plan.dtypes || plan.dtypes.includes(dtype))

/** What a suite yields: a row, or what could not be measured. */
export type Result = BenchRow | { failure: Omit<BenchFile['failures'][number], 'suite'> }
