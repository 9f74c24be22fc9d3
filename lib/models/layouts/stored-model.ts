import { listProblems } from '../../formats/problems.js'
import { readFloats, type TensorEntry, type TensorFile } from '../../formats/safetensors.js'
import { isFileType } from '../../runtime/device.js'
import { MstaError } from '../../runtime/errors.js'
import { type Shape, sameShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { FORMS, type Layout, type Location } from './layout.js'
import { recogniseLayout, type WrappedLayout } from './recognise.js'

/** The tensors of a checkpoint file, asked for by the names of the model's parameters. */
export class StoredModel {
  private constructor(
    readonly file: TensorFile,
    private readonly wrapped: WrappedLayout,
    private readonly base: StoredModel | undefined,
  ) {}

  /**
   * @param base a CLIP that has what the layout of `file` lacks
   * @throws MstaError ERR_CHECKPOINT for names of no known model, or a base that is missing or unfit; ERR_ARGUMENT for
   *   one that is not needed
   */
  static of(file: TensorFile, base?: TensorFile): StoredModel {
    const wrapped = recogniseLayout(file.path, file.tensors.keys())
    const { layout } = wrapped
    if (!base && layout.lacks)
      throw new MstaError(
        'ERR_CHECKPOINT',
        `${file.path}: a checkpoint of ${layout.title} holds all but the token embedding, ${layout.lacks}, which its ` +
          'training leaves as it was. Give the CLIP checkpoint it was tuned from as its base (--base FILE).',
        { file: file.path },
      )
    if (base && !layout.lacks)
      throw new MstaError(
        'ERR_ARGUMENT',
        `${file.path}: a checkpoint of ${layout.title} has a token embedding of its own: leave the base out`,
        { file: file.path },
      )
    const storedBase = base && StoredModel.of(base)
    if (storedBase && !storedBase.layout.isClip)
      throw new MstaError(
        'ERR_CHECKPOINT',
        `${base.path}: ${storedBase.layout.title} cannot be the base of ${layout.title}, a CLIP checkpoint can`,
        { file: base.path },
      )
    return new StoredModel(file, wrapped, storedBase)
  }

  get layout(): Layout {
    return this.wrapped.layout
  }

  /** The file that holds a parameter. */
  fileOf(parameter: string): TensorFile {
    return this.base && parameter === this.layout.lacks ? this.base.file : this.file
  }

  /** Where a parameter lies in {@link fileOf}. */
  locate(parameter: string): Location {
    if (this.base && parameter === this.layout.lacks) return this.base.locate(parameter)
    const { names, form } = this.layout.locate(parameter)
    return { names: names.map((name) => this.wrapped.wrapper + name), form }
  }

  /** The shape that a parameter has by what is stored of it. */
  get(parameter: string): number[] | undefined {
    const { names, form } = this.locate(parameter)
    const entry = this.fileOf(parameter).tensors.get(names[0]!)
    return entry && FORMS[form].fromFile(entry.shape)
  }

  /** Bytes that are stored of a parameter. */
  bytesOf(parameter: string): number {
    return this.entriesOf(parameter).reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /**
   * Checks that the parameters are just those expected, floating-point, of these shapes. What is not the model's, such
   * as an optimizer's state, is ignored.
   *
   * @throws MstaError ERR_CHECKPOINT with the names that are missing, unexpected, mis-shaped or not floating-point;
   *   ERR_FORMAT where they are but of another type
   */
  check(expected: ReadonlyMap<string, Shape>): void {
    const missing: string[] = []
    const misshapen: string[] = []
    const mistyped: string[] = []
    const wanted = new Set<string>()
    for (const [parameter, shape] of expected) {
      const { names, form } = this.locate(parameter)
      const { path, tensors } = this.fileOf(parameter)
      const stored = FORMS[form].toFile(shape)
      for (const name of names) {
        const entry = tensors.get(name)
        const at = path === this.file.path ? name : `${name} (${path})`
        wanted.add(name)
        if (!entry) missing.push(at)
        else if (!sameShape(entry.shape, stored))
          misshapen.push(`${at} [${entry.shape}] instead of [${stored}]`)
        else if (!isFileType(entry.dtype)) mistyped.push(`${at} ${entry.dtype}`)
      }
    }
    const unexpected = [...this.file.tensors.keys()].filter((name) => this.owns(name) && !wanted.has(name))
    const problems = listProblems({
      missing,
      unexpected,
      'mis-shaped': misshapen,
      'not floating-point': mistyped,
    })
    const { path } = this.file
    const isOfType = missing.length + unexpected.length + misshapen.length === 0
    if (problems)
      throw new MstaError(
        isOfType ? 'ERR_FORMAT' : 'ERR_CHECKPOINT',
        `${path} does not fit a model of ${this.layout.title}; ${problems}`,
        {
          file: path,
        },
      )
  }

  /** What is stored of a parameter: its rows, part by part, each in the parameter's shape but for their number. */
  parts(parameter: string): TensorEntry[] {
    return FORMS[this.locate(parameter).form].read(this.entriesOf(parameter))
  }

  /** Enqueues reading a parameter straight into device memory. */
  stream(parameter: string, tensor: Tensor): void {
    for (const [i, { path, dtype, offset, shape }] of this.parts(parameter).entries())
      if (isFileType(dtype))
        tensor.device.readFile(tensor.part(i * sizeOf(shape), shape), { path, offset, type: dtype })
  }

  /** Whether {@link stream} gives a parameter's values in the right order. */
  isStreamable(parameter: string): boolean {
    return this.parts(parameter).every(({ strides }) => strides === undefined)
  }

  /** The values of a parameter. @throws MstaError ERR_FILE; the signal's reason */
  async values(parameter: string, signal?: AbortSignal): Promise<Float32Array> {
    const parts: Float32Array[] = []
    for (const part of this.parts(parameter)) parts.push(await readFloats(part, parameter, signal))
    return parts.length === 1 ? parts[0]! : joined(parts)
  }

  /** Names of tensors in the file that are nothing of the model's. */
  strangers(parameters: Iterable<string>): string[] {
    const own = new Set([...parameters].flatMap((parameter) => this.locate(parameter).names))
    return [...this.file.tensors.keys()].filter((name) => !own.has(name))
  }

  private entriesOf(parameter: string): TensorEntry[] {
    const { tensors } = this.fileOf(parameter)
    return this.locate(parameter).names.map((name) => tensors.get(name)!)
  }

  private owns(name: string): boolean {
    const { layout, wrapper } = this.wrapped
    return name.startsWith(wrapper) && layout.owns(name.slice(wrapper.length))
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const values = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    values.set(part, at)
    at += part.length
  }
  return values
}
