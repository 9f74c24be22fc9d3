import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'
import { newest, stampTime } from './stamp.mjs'

const SOURCE = /\.(h|cc|json)$/

/** Where the prebuilt addon of this platform lies, under the name that node-gyp-build looks for. */
export function prebuiltFile() {
  const libc = existsSync('/etc/alpine-release') ? 'musl' : 'glibc'
  return join(root, 'prebuilds', `${process.platform}-${process.arch}`, `msta-native.${libc}.node`)
}

/** Where its build notes that it is done. */
export const prebuiltStamp = join(root, 'build/.prebuilt-stamp')

/** Whether the prebuilt addon is missing or older than what it is made from. */
export function prebuiltIsStale() {
  const built = stampTime(prebuiltStamp)
  if (built === 0 || !existsSync(prebuiltFile())) return true
  const sources = newest(join(root, 'native'), (name) => SOURCE.test(name))
  const recipe = ['binding.gyp', 'scripts/build-prebuilt.mjs'].map((name) => newest(join(root, name)))
  return Math.max(sources, ...recipe) > built
}
