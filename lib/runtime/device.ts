import type { MemoryStats, NativeBuffer, NativeGraph, NativeStream } from './binding.js'
import { DTYPE_CODES, type DType, FILE_TYPE_CODES, type FileType } from './binding.js'
import { findCuda } from './cuda-plugin.js'
import { noSuchDevice } from './device-errors.js'
import { MstaError, type MstaErrorCode } from './errors.js'
import { Job } from './job.js'
import { loadBinding } from './loader.js'

export type { FileType } from './binding.js'

/** A device's name: `'cpu'`, `'cuda'` (the first one), `'cuda:1'`; `'auto'` takes the best that works. */
export type DeviceName = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`

/** An operand of a kernel: a piece of a buffer, typed. */
export interface Operand {
  readonly buffer: NativeBuffer
  readonly byteOffset: number
  readonly size: number
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** Where numbers lie in a file. */
export interface FileNumbers {
  readonly path: string
  /** In bytes. */
  readonly offset: number
  readonly type: FileType
}

/** Whether {@link Device.readFile} reads numbers of that type. */
export function isFileType(type: string): type is FileType {
  return Object.hasOwn(FILE_TYPE_CODES, type)
}

/** A device with its ordered stream of work. One per device name and JavaScript environment. */
export class Device {
  private readonly stream: NativeStream
  private recording = false

  private constructor(readonly name: string) {
    try {
      this.stream = loadBinding().createStream(name)
    } catch (error) {
      throw asMstaError(error)
    }
  }

  private static readonly opened = new Map<string, Device>()

  /**
   * The device of that name, `'auto'` unless given. Looks for CUDA first, once, unless it is `'cpu'` that is wanted;
   * `'auto'` takes the CPU where CUDA cannot be used, and {@link findCuda} tells why.
   *
   * @throws MstaError ERR_DEVICE when there is none; for CUDA with every attempt, its reason and its remedy; ERR_LOAD
   *   without the native addon; the signal's reason
   */
  static async open(name: DeviceName = 'auto', options: { signal?: AbortSignal } = {}): Promise<Device> {
    if (name !== 'auto' && !name.startsWith('cuda')) return Device.get(name)
    const { available } = await abortable(findCuda(), options.signal)
    return Device.get(name === 'auto' ? (available ? 'cuda' : 'cpu') : name)
  }

  /**
   * The device of that name among those known so far: the CPU, and the GPUs after a search by {@link Device.open}.
   *
   * @throws MstaError ERR_DEVICE when there is none, with what is missing; ERR_LOAD without the native addon
   */
  static get(name: DeviceName = 'auto'): Device {
    const known = loadBinding().devices()
    const resolved = name === 'auto' ? (known.find((d) => d.name.startsWith('cuda'))?.name ?? 'cpu') : name
    const wanted = resolved === 'cuda' ? 'cuda:0' : resolved
    const opened = Device.opened.get(wanted)
    if (opened) return opened
    const found = known.find((d) => d.name === wanted)
    if (!found) throw noSuchDevice(name, known)
    const device = new Device(found.name)
    Device.opened.set(wanted, device)
    return device
  }

  /** Whether matrices of bfloat16 are multiplied faster here than those of float32. */
  get isFastInBfloat16(): boolean {
    return this.name !== 'cpu' || this.description.startsWith('avx512_bf16')
  }

  /** Instruction set and threads, or the GPU's model. */
  get description(): string {
    return loadBinding()
      .devices()
      .find(({ name }) => name === this.name)!.description
  }

  /** Allocates device memory. @throws MstaError ERR_OUT_OF_MEMORY */
  allocate(bytes: number): NativeBuffer {
    try {
      return this.stream.allocate(bytes)
    } catch (error) {
      throw asMstaError(error)
    }
  }

  /** Enqueues a kernel on the current job. `names` label the operands' shapes should it fail. */
  launch(op: string, operands: Record<string, Operand | null | undefined>, numbers: readonly number[]): void {
    const job = Job.current()
    const names = Object.keys(operands)
    const meta = new Float64Array(3 * names.length + numbers.length)
    const buffers: (NativeBuffer | null)[] = []
    const shapes: Record<string, readonly number[]> = {}
    names.forEach((name, i) => {
      const operand = operands[name]
      buffers.push(operand?.buffer ?? null)
      if (!operand) return
      meta[3 * i] = DTYPE_CODES[operand.dtype]
      meta[3 * i + 1] = operand.byteOffset
      meta[3 * i + 2] = operand.size
      shapes[name] = operand.shape
    })
    meta.set(numbers, 3 * names.length)
    try {
      this.stream.run(op, job.native, job.record(op, shapes), buffers, meta)
    } catch (error) {
      throw asMstaError(error, op, shapes)
    }
  }

  /**
   * Runs `body`, which must be synchronous; the work that it enqueues here becomes a graph instead. Memory allocated
   * meanwhile is the graph's own until it is freed.
   */
  record<T>(body: () => T): { result: T; graph: NativeGraph } {
    try {
      this.stream.beginRecording()
    } catch (error) {
      throw asMstaError(error)
    }
    this.recording = true
    let result: T
    try {
      result = body()
    } catch (error) {
      this.stream.endRecording().free()
      throw asMstaError(error)
    } finally {
      this.recording = false
    }
    return { result, graph: this.stream.endRecording() }
  }

  /** Whether {@link record} is running its body. */
  get isRecording(): boolean {
    return this.recording
  }

  /** Copies `source` into a buffer, in stream order; `source` may be changed as soon as this returns. */
  upload(buffer: NativeBuffer, source: ArrayBufferView, byteOffset = 0): void {
    const job = Job.current()
    try {
      this.stream.upload(buffer, byteOffset, source, job.native, job.record('upload', {}))
    } catch (error) {
      throw asMstaError(error, 'upload')
    }
  }

  /** Fills a float32 or bfloat16 operand with numbers of a file, rounded to its type, in stream order. */
  readFile(target: Operand, source: FileNumbers): void {
    const job = Job.current()
    this.stream.readFile(
      target.buffer,
      target.byteOffset,
      target.size,
      DTYPE_CODES[target.dtype],
      source.path,
      source.offset,
      FILE_TYPE_CODES[source.type],
      job.native,
      job.record(`read ${source.path}`, {}),
    )
  }

  /** A copy of part of a buffer, once everything enqueued before has run. */
  download(operand: Operand, bytes: number): Promise<ArrayBuffer> {
    const job = Job.current()
    return job.settle(this.stream.download(operand.buffer, operand.byteOffset, bytes, job.native))
  }

  /** Resolves once everything enqueued before has run; rejects with the current job's error. */
  synchronize(): Promise<void> {
    const job = Job.current()
    return job.settle(this.stream.sync(job.native))
  }

  /** Gives cached memory back to the system once the work enqueued so far has run. */
  trim(): void {
    this.stream.trim()
  }

  /** Memory in use by tensors on this device. */
  memory(): MemoryStats {
    return this.stream.stats()
  }

  /** Restarts the measurement of `memory().peak`. */
  resetPeakMemory(): void {
    this.stream.resetPeak()
  }
}

/** `promise`, or the signal's reason if that comes first. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function asMstaError(error: unknown, op?: string, shapes?: Record<string, readonly number[]>): unknown {
  const { code, message } = error as { code?: string; message: string }
  if (!code?.startsWith('ERR_')) return error
  return new MstaError(code as MstaErrorCode, op ? `[${op}] ${message}` : message, {
    ...(op && { op }),
    ...(shapes && { shapes }),
  })
}
