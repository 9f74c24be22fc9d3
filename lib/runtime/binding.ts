/** Types of the native addon (`native/addon`). Only `lib/runtime` and `lib/tensor` use them. */

/** Storage types, numbered as in `native/runtime/dtype.h`. */
export const DTYPE_CODES = { float32: 0, bfloat16: 1, uint8: 2, int32: 3 } as const
/** Name of a storage type. */
export type DType = keyof typeof DTYPE_CODES
/** Bytes of one element. */
export const DTYPE_BYTES: Record<DType, number> = { float32: 4, bfloat16: 2, uint8: 1, int32: 4 }

/** Floating-point types of files that the addon reads, numbered as in `native/runtime/file_numbers.h`. */
export const FILE_TYPE_CODES = { F32: 0, BF16: 1, F16: 2, F64: 3 } as const
/** Name of a floating-point type in a file, as safetensors has it. */
export type FileType = keyof typeof FILE_TYPE_CODES

/** A block of device memory. `free` may be called while work that uses it is still queued. */
export interface NativeBuffer {
  readonly bytes: number
  free(): void
}

/** One caller's work: cancelling it, or its first failure, skips the rest of it on the stream. */
export interface NativeJob {
  cancel(): void
}

/** Work recorded on a stream, to be run any number of times. */
export interface NativeGraph {
  /** Enqueues it. */
  run(job: NativeJob, call: number): void
  /** Gives its memory back once all of its runs are over. */
  free(): void
}

/** Bytes and counts of a stream's memory. */
export interface MemoryStats {
  /** Bytes in live buffers. */
  active: number
  /** Highest `active` since the last `resetPeak`. */
  peak: number
  /** Bytes kept for reuse. */
  cached: number
  /** Live buffers. */
  buffers: number
}

/** An ordered queue of work on one device, run off the JavaScript thread. */
export interface NativeStream {
  /** @throws Error with code ERR_OUT_OF_MEMORY */
  allocate(bytes: number): NativeBuffer
  /**
   * Enqueues a kernel. `meta` holds, for each buffer, its dtype code, byte offset and element count, and then
   * the kernel's numbers. `call` comes back as `error.call` if it fails.
   */
  run(
    op: string,
    job: NativeJob,
    call: number,
    buffers: readonly (NativeBuffer | null)[],
    meta: Float64Array,
  ): void
  /** Copies `source` now, writes it to the buffer in stream order. */
  upload(
    buffer: NativeBuffer,
    byteOffset: number,
    source: ArrayBufferView,
    job: NativeJob,
    call: number,
  ): void
  /**
   * Reads `count` numbers of a file at `fileOffset` into the buffer as the storage type `dtype` (a code; float32 or
   * bfloat16), in stream order.
   */
  readFile(
    buffer: NativeBuffer,
    byteOffset: number,
    count: number,
    dtype: number,
    path: string,
    fileOffset: number,
    fileType: number,
    job: NativeJob,
    call: number,
  ): void
  /** Resolves with a copy once everything before it has run; rejects with the job's error. */
  download(buffer: NativeBuffer, byteOffset: number, bytes: number, job: NativeJob): Promise<ArrayBuffer>
  /** Resolves once everything before it has run; rejects with the job's error. */
  sync(job: NativeJob): Promise<void>
  /** Returns cached memory to the device once the work enqueued so far has run. */
  trim(): void
  /** From here to `endRecording`, kernels and uploads are not enqueued but become a graph. */
  beginRecording(): void
  endRecording(): NativeGraph
  stats(): MemoryStats
  resetPeak(): void
  /** Drops queued work and ends the stream's thread (waits for the running kernel). */
  close(): void
}

/** What `msta.node` exports. */
export interface NativeBinding {
  readonly version: string
  devices(): { name: string; description: string }[]
  /**
   * Loads a device plugin once and registers its devices; returns how many it has.
   * @throws Error with code ERR_DEVICE
   */
  loadPlugin(path: string): number
  /** Threads of the CPU kernels from the next kernel on. @throws Error with code ERR_ARGUMENT, ERR_DEVICE */
  setThreads(count: number): void
  /** Threads of the CPU kernels; 0 until set. One number for all environments of the process. */
  threads(): number
  createStream(device: string): NativeStream
  createJob(): NativeJob
}
