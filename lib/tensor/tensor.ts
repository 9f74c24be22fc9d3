import { fromBfloat16, toBfloat16 } from '../formats/half.js'
import { DTYPE_BYTES, type DType, type NativeBuffer } from '../runtime/binding.js'
import type { Device, Operand } from '../runtime/device.js'
import { MstaError } from '../runtime/errors.js'
import { Job } from '../runtime/job.js'
import { track, untrack } from './scope.js'
import { checkShape, type Shape, sameShape, shapeError, sizeOf } from './shape.js'

/** Device memory with its number of users; goes back to the allocator when the last one lets go. */
class Storage {
  users = 1
  constructor(readonly buffer: NativeBuffer) {}
  release(): void {
    if (--this.users === 0) this.buffer.free()
  }
}

/** What a tensor can be made from: numbers, in row-major order. */
export type TensorData = ArrayLike<number>

let nextId = 1

/**
 * A dense row-major array on a device. Operations on tensors enqueue work and return at once; only {@link data}
 * waits. Memory is held until `dispose()`, the end of the enclosing {@link scope}, or `using` leaves its block.
 */
export class Tensor<S extends Shape = Shape> implements Operand {
  readonly id = nextId++
  /** Whether a tape follows this tensor; set on parameters to train them. */
  requiresGrad = false
  private storage: Storage | undefined
  private restore: (() => Tensor) | undefined
  private isInGraph = false

  private constructor(
    readonly device: Device,
    readonly shape: S,
    readonly dtype: DType,
    storage: Storage,
    /** Of the first element, in the buffer. */
    readonly byteOffset = 0,
  ) {
    this.storage = storage
    track(this)
  }

  /** Uninitialised memory. @throws MstaError ERR_OUT_OF_MEMORY, ERR_SHAPE */
  static empty<S extends Shape>(device: Device, shape: S, dtype: DType = 'float32'): Tensor<S> {
    checkShape(shape)
    const buffer = device.allocate(Math.max(1, sizeOf(shape) * DTYPE_BYTES[dtype]))
    return new Tensor(device, shape, dtype, new Storage(buffer))
  }

  /** A copy of `data` on the device, rounded to `dtype`. @throws MstaError ERR_SHAPE when the sizes differ */
  static from<S extends Shape>(
    device: Device,
    data: TensorData,
    shape: S,
    dtype: DType = 'float32',
  ): Tensor<S> {
    if (data.length !== sizeOf(shape))
      throw shapeError('tensor', `${data.length} values do not fill the shape`, { shape })
    const tensor = Tensor.empty(device, shape, dtype)
    if (data.length > 0) device.upload(tensor.buffer, hostArray(data, dtype))
    return tensor
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape)
  }

  /** Size of its values in memory. */
  get bytes(): number {
    return this.size * DTYPE_BYTES[this.dtype]
  }

  /** The memory, for kernels. @throws MstaError ERR_DISPOSED */
  get buffer(): NativeBuffer {
    if (this.restore) this.bringBack()
    if (!this.storage)
      throw new MstaError('ERR_DISPOSED', `A tensor [${this.shape.join(', ')}] is used after dispose()`)
    this.isInGraph ||= this.device.isRecording
    return this.storage.buffer
  }

  /** Whether no other tensor shares this one's memory. */
  get isSoleUser(): boolean {
    return this.storage?.users === 1
  }

  /** Whether its memory was given back for good. */
  get isDisposed(): boolean {
    return this.storage === undefined && !this.restore
  }

  /**
   * Gives the memory back for as long as no kernel asks for the values. For one that does, `restore()` makes a tensor
   * of the same shape and storage type, whose memory becomes this one's. A recorded graph asks whenever it runs: what
   * it reads stays.
   */
  evict(restore: () => Tensor): void {
    if (!this.storage || this.isInGraph) return
    this.storage.release()
    this.storage = undefined
    this.restore = restore
  }

  /** Whether its memory was given back until a kernel asks for the values; see {@link evict}. */
  get isEvicted(): boolean {
    return this.restore !== undefined
  }

  private bringBack(): void {
    // A job of its own: the values must come back whole even where the work that asks for them is aborted.
    const restored = new Job().run(this.restore!).keep()
    this.restore = undefined
    this.storage = restored.storage
    restored.storage = undefined
  }

  /** Another handle on the same memory, outside every scope; to be disposed by its owner. */
  share<T extends Shape = S>(shape: T = this.shape as unknown as T): Tensor<T> {
    if (sizeOf(shape) !== this.size)
      throw shapeError('reshape', 'sizes differ', { from: this.shape, to: shape })
    const handle = this.slice(0, shape)
    untrack(handle)
    return handle
  }

  /**
   * A handle on a piece of the memory: `shape` of it from element `first` on. No tape follows where it comes from.
   *
   * @throws MstaError ERR_SHAPE when it does not lie inside
   */
  slice<T extends Shape>(first: number, shape: T): Tensor<T> {
    const { byteOffset } = this.part(first, shape)
    this.storage!.users++
    return new Tensor<T>(this.device, shape, this.dtype, this.storage!, byteOffset)
  }

  /**
   * A piece of the memory as a kernel's operand: `shape` of it from element `first` on. It is not a tensor: it keeps
   * nothing alive, and no tape follows it.
   *
   * @throws MstaError ERR_SHAPE when it does not lie inside
   */
  part(first: number, shape: Shape): Operand {
    const { buffer, dtype, byteOffset } = this
    const size = sizeOf(shape)
    if (!(first >= 0 && first + size <= this.size))
      throw shapeError('part', `${size} elements from ${first} do not lie inside`, { tensor: this.shape })
    return { buffer, byteOffset: byteOffset + first * DTYPE_BYTES[dtype], size, dtype, shape }
  }

  /** The values, once all work they depend on is done. uint8 and int32 values are exact as float32 up to 2^24. */
  async data(): Promise<Float32Array> {
    const raw = await this.rawData()
    if (this.dtype === 'float32') return new Float32Array(raw)
    if (this.dtype === 'bfloat16') return fromBfloat16(new Uint16Array(raw))
    return Float32Array.from(this.dtype === 'int32' ? new Int32Array(raw) : new Uint8Array(raw))
  }

  /** The stored bytes, once all work they depend on is done. */
  rawData(): Promise<ArrayBuffer> {
    if (!this.restore) return this.device.download(this, this.bytes)
    // Evicted values are only looked at: they do not come back for it.
    const copy = new Job().run(this.restore).keep()
    const values = this.device.download(copy, this.bytes)
    copy.dispose()
    return values
  }

  /** Overwrites the values. @throws MstaError ERR_SHAPE when the sizes differ */
  set(data: TensorData): void {
    if (data.length !== this.size)
      throw shapeError('set', `${data.length} values do not fill the shape`, { shape: this.shape })
    if (data.length > 0) this.device.upload(this.buffer, hostArray(data, this.dtype), this.byteOffset)
  }

  /** Keeps this tensor beyond the enclosing scope. */
  keep(): this {
    untrack(this)
    return this
  }

  /** Gives the memory back; safe to call twice, and while work that uses it is still queued. */
  dispose(): void {
    this.storage?.release()
    this.storage = undefined
    this.restore = undefined
    untrack(this)
  }

  /** {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}

function hostArray(data: TensorData, dtype: DType): ArrayBufferView {
  switch (dtype) {
    case 'float32':
      return data instanceof Float32Array ? data : Float32Array.from(data)
    case 'bfloat16':
      return toBfloat16(data instanceof Float32Array ? data : Float32Array.from(data))
    case 'uint8':
      return data instanceof Uint8Array ? data : Uint8Array.from(data)
    case 'int32':
      return data instanceof Int32Array ? data : Int32Array.from(data)
  }
}

/** @throws MstaError ERR_SHAPE unless the tensor has that shape */
export function expectShape(op: string, name: string, tensor: Tensor | null | undefined, shape: Shape): void {
  if (tensor && !sameShape(tensor.shape, shape))
    throw shapeError(op, `expected ${name} [${shape.join(', ')}] but it has`, { [name]: tensor.shape })
}

/** @throws MstaError ERR_DTYPE unless the tensor has that storage type */
export function expectDType(op: string, name: string, tensor: Tensor, dtype: DType): void {
  if (tensor.dtype === dtype) return
  const message = `[${op}] expected ${name} of type ${dtype} but it is ${tensor.dtype}`
  throw new MstaError('ERR_DTYPE', message, { op, shapes: { [name]: tensor.shape } })
}
