import type { Adapter } from '../adapters/adapter.js'
import type { ViCLIP } from '../recognition/viclip.js'

/** Options of `serve`. */
export interface ServeOptions {
  /** Stays the caller's to dispose of, after the server is closed. */
  model: ViCLIP
  /** Used until one is trained; stays the caller's. */
  adapter?: Adapter | null | undefined
  /** Where the adapter comes from, for people to read. */
  adapterFile?: string | undefined
  /** The actions to choose from unless others are typed: those that the adapter was trained on. */
  labels?: readonly string[] | undefined
  /** Prompt with `{}` for the class name. */
  template?: string | undefined
  /** A folder of class folders, to which clips can be added and on which can be trained. */
  data?: string | undefined
  /** The run folder of trainings; needed with `data`. */
  out?: string | undefined
  /** Changes of the recipe, `key=value`. */
  changes?: readonly string[] | undefined
  /** Address to listen on. Default 127.0.0.1: nobody else in the network can reach it. */
  host?: string | undefined
  /** 0 for any free one. Default 0. */
  port?: number | undefined
  /** Most bytes of a clip. Default 200 MB (2e8). */
  uploadBytes?: number | undefined
  /** Most clips that are received, recognised or looked at together; more are refused. Default 8. */
  mostAtOnce?: number | undefined
  /** Seconds after which a clip is given up. Default 600. */
  secondsPerClip?: number | undefined
  /** Told of errors that no client is told of. */
  onError?: ((error: Error) => void) | undefined
}

/** A server that runs. */
export interface ServeHandle {
  /** Where the page is. */
  url: string
  /** Stops what runs, in good order: a training can be continued. Resolves when all is freed. */
  close(): Promise<void>
}

/** How a training stands. */
export interface TrainingStatus {
  state: 'idle' | 'running' | 'stopping' | 'done' | 'stopped' | 'failed'
  step: number
  totalSteps: number
  /** From 1. */
  epoch: number
  loss: number | null
  /** Validation accuracy of every epoch so far, from 0 to 1. */
  validations: number[]
  /** What was decided, and what went wrong, for people to read. */
  message: string
}

/** All that a page shows besides what it does itself; sent whenever it changes. */
export interface ServerState {
  model: string
  adapter: string | null
  labels: readonly string[]
  /** Null for a server without `data`. */
  data: { folder: string; classes: { name: string; clips: number }[] } | null
  training: TrainingStatus
  uploadBytes: number
}
