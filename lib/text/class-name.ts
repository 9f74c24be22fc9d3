/**
 * A class name without what its spellings differ in: case, spaces, punctuation and brackets. `ApplyEyeMakeup`, `Apply
 * Eye Makeup` and `apply_eye_makeup` are one class.
 */
export function normaliseClassName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, '')
}
