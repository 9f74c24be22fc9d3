/**
 * Sixteen-bit floating point, as the bits that safetensors and PyTorch store. Conversions to sixteen bits round to
 * nearest, ties to even; infinities and NaN stay what they are.
 */

const word = new Uint32Array(1)
const float = new Float32Array(word.buffer)

/** Float32 values of bfloat16 bits. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16
  return new Float32Array(words.buffer)
}

/** Bfloat16 bits of float32 values. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const bits = new Uint16Array(values.length)
  for (let i = 0; i < words.length; i++) {
    const value = words[i]!
    const notANumber = (value & 0x7fffffff) > 0x7f800000
    bits[i] = notANumber ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16
  }
  return bits
}

function halfToFloat(half: number): number {
  const magnitude = half & 0x7fff
  const sign = half & 0x8000 ? -1 : 1
  if (magnitude >= 0x7c00) return magnitude > 0x7c00 ? Number.NaN : sign * Number.POSITIVE_INFINITY
  const exponent = magnitude >> 10
  if (exponent === 0) return sign * magnitude * 2 ** -24
  word[0] = ((exponent + 112) << 23) | ((magnitude & 0x3ff) << 13)
  return sign * float[0]!
}

/** Float32 values of IEEE binary16 bits. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) values[i] = halfToFloat(bits[i]!)
  return values
}

function roundToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}

function floatToHalf(value: number): number {
  float[0] = value
  const sign = (word[0]! >>> 16) & 0x8000
  const magnitude = Math.abs(value)
  if (Number.isNaN(value)) return sign | 0x7e00
  if (magnitude >= 65520) return sign | 0x7c00
  if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24)
  word[0] = word[0]! & 0x7fffffff
  // Rounding up may carry into the exponent, which is what it should do.
  return sign | roundToEven((word[0] - (112 << 23)) / 8192)
}

/** IEEE binary16 bits of float32 values; magnitudes of 65520 and more become infinite. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length)
  for (let i = 0; i < values.length; i++) bits[i] = floatToHalf(values[i]!)
  return bits
}

/**
 * Float32 values of float64 ones, such that rounding them to sixteen bits is rounding the float64 values once: what
 * is not exact becomes the one of its two neighbours whose last bit is set, which is no tie of fewer bits.
 */
export function toOddFloats(values: Float64Array): Float32Array {
  const floats = Float32Array.from(values)
  const words = new Uint32Array(floats.buffer)
  for (let i = 0; i < floats.length; i++) {
    const [nearest, value] = [floats[i]!, values[i]!]
    const isExact = nearest === value || Number.isNaN(value)
    if (isExact || words[i]! % 2 === 1) continue
    words[i]! += Math.abs(nearest) > Math.abs(value) ? -1 : 1
  }
  return floats
}
