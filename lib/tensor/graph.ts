import type { NativeGraph } from '../runtime/binding.js'
import type { Device } from '../runtime/device.js'
import { MstaError } from '../runtime/errors.js'
import { Job } from '../runtime/job.js'
import { eachTensor, scope, untrack } from './scope.js'

/**
 * Work on a device recorded once, to be run any number of times without the cost of enqueueing its kernels one by
 * one; on a GPU it becomes a CUDA graph. Every run reads the same tensors and overwrites the same results, so new
 * inputs go into the tensors it was recorded with ({@link Tensor.set}). Numbers are fixed when it is recorded:
 * learning rates and dropout masks are those of the recording.
 *
 * ```ts
 * const input = Tensor.empty(device, [1, 3, 8, 224, 224])
 * const graph = Graph.record(device, () => model.encodeVideo(input))
 * input.set(clip)
 * const features = await graph.run().data()
 * ```
 */
export class Graph<T> {
  private native: NativeGraph | undefined

  private constructor(
    /** What the recorded function returned; overwritten by every run. */
    readonly outputs: T,
    native: NativeGraph,
  ) {
    this.native = native
  }

  /**
   * Records what `body`, a synchronous function, enqueues on `device`, without running it. Tensors it makes and does
   * not return are free again for its own later work.
   *
   * @throws MstaError ERR_ARGUMENT for waiting or reading a file inside; whatever `body` throws
   */
  static record<T>(device: Device, body: () => T): Graph<T> {
    const { result, graph } = device.record(() => keepOutputs(body))
    return new Graph(result, graph)
  }

  /** Enqueues a run on the current job. @returns {@link outputs} @throws MstaError ERR_DISPOSED */
  run(): T {
    if (!this.native) throw new MstaError('ERR_DISPOSED', 'A graph is run after dispose()')
    const job = Job.current()
    this.native.run(job.native, job.record('graph', {}))
    return this.outputs
  }

  /** Gives back the outputs and the graph's memory; runs that are under way finish first. */
  dispose(): void {
    if (!this.native) return
    eachTensor(this.outputs, (tensor) => tensor.dispose())
    this.native.free()
    this.native = undefined
  }

  /** {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** Runs `body` in a scope; what it returns belongs to no scope. */
function keepOutputs<T>(body: () => T): T {
  const result = scope(body)
  eachTensor(result, untrack)
  return result
}
