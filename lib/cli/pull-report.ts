import type { PullOptions } from '../index.js'
import type { Output } from './output.js'
import type { Context } from './run.js'

/** Says what is downloaded, how large it is, how far it is, and why it waits. */
export function reportPull(output: Output): PullOptions {
  return {
    onPlan: ({ repository, commit, folder, files }) => {
      const list = files.map(({ name, bytes }) => `${name} (${formatBytes(bytes)})`).join(', ')
      output.log(`downloading ${list} of ${repository} at ${commit.slice(0, 12)} into ${folder}`)
    },
    onProgress: ({ done, total }) => output.progress('downloading', done, total),
    onWait: (why, ms) => output.log(`asking again in ${(ms / 1000).toFixed(1)} s: ${why}`),
    onNote: (note) => output.warn(note),
  }
}

/** Pulls the models among some sources that the cache has not got; paths and `random:` are none. */
export async function pullMissing(
  sources: readonly string[],
  { library, signal, output }: Context,
): Promise<void> {
  for (const source of sources) await library.findModel(source, { ...reportPull(output), signal })
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** Bytes in the largest unit of which there is one. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(bytes) / 3)))
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${UNITS[power]}`
}
