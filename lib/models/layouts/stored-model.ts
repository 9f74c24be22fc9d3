import { readTensor, type TensorEntry, type TensorFile } from '../../formats/safetensors.js'
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
   * @throws MstaError ERR_CHECKPOINT with the missing, unexpected and mis-shaped names; ERR_FORMAT for another type
   */
  check(expected: ReadonlyMap<string, Shape>): void {
    const missing: string[] = []
    const misshapen: string[] = []
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
        else if (!isFileType(entry.dtype))
          throw new MstaError(
            'ERR_FORMAT',
            `${path}: tensor "${name}" is ${entry.dtype} where floating-point numbers are expected`,
            { file: path },
          )
      }
    }
    const unexpected = [...this.file.tensors.keys()].filter((name) => this.owns(name) && !wanted.has(name))
    this.refuse({ missing, unexpected, 'mis-shaped': misshapen })
  }

  /** Enqueues reading a parameter, of the shape it is stored in, straight into device memory. */
  stream(parameter: string, tensor: Tensor): void {
    for (const [i, { path, dtype, offset, shape }] of this.entriesOf(parameter).entries())
      if (isFileType(dtype))
        tensor.device.readFile(tensor.part(i * sizeOf(shape), shape), { path, offset, type: dtype })
  }

  /** Whether {@link stream} gives a parameter's values in the right order. */
  isStreamable(parameter: string): boolean {
    const hasGaps = this.entriesOf(parameter).some(({ strides }) => strides !== undefined)
    return !hasGaps && this.locate(parameter).form !== 'transposed'
  }

  /** The values of a parameter. @throws MstaError ERR_FILE; the signal's reason */
  async values(parameter: string, signal?: AbortSignal): Promise<Float32Array> {
    const { names, form } = this.locate(parameter)
    const parts: Float32Array[] = []
    for (const name of names) parts.push(await readTensor(this.fileOf(parameter), name, signal))
    if (form === 'transposed') return transpose(parts[0]!, this.get(parameter)!)
    return parts.length === 1 ? parts[0]! : joined(parts)
  }

  private entriesOf(parameter: string): TensorEntry[] {
    const { tensors } = this.fileOf(parameter)
    return this.locate(parameter).names.map((name) => tensors.get(name)!)
  }

  private owns(name: string): boolean {
    const { layout, wrapper } = this.wrapped
    return name.startsWith(wrapper) && layout.owns(name.slice(wrapper.length))
  }

  private refuse(problems: Record<string, string[]>): void {
    const parts = Object.entries(problems)
      .filter(([, names]) => names.length > 0)
      .map(([what, names]) => {
        const more = names.length > 8 ? `, ... (${names.length})` : ''
        return `${what}: ${names.slice(0, 8).join(', ')}${more}`
      })
    if (parts.length === 0) return
    const { path } = this.file
    throw new MstaError(
      'ERR_CHECKPOINT',
      `${path} does not fit a model of ${this.layout.title}; ${parts.join('; ')}`,
      { file: path },
    )
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

/** @param values [columns, rows] @returns [rows, columns] */
function transpose(values: Float32Array, [rows = 0, columns = 0]: readonly number[]): Float32Array {
  const result = new Float32Array(values.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[row * columns + column] = values[column * rows + row]!
  return result
}
