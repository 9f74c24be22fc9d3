import { readdirSync } from 'node:fs'
import path from 'node:path'

/** What tells a trial which videos to take and how. */
export const CLIP_OPTIONS = {
  repeat: { type: 'string', default: '3' },
  device: { type: 'string', default: 'cpu' },
  size: { type: 'string', default: '224' },
} as const

/** The videos of a folder, sorted. @throws RangeError where there is none */
export function videosOf(folder: string | undefined): string[] {
  const names = folder ? readdirSync(folder).filter((name) => /\.(mp4|avi|mkv|webm|mov)$/i.test(name)) : []
  if (names.length === 0) throw new RangeError(`${folder ?? 'no folder'}: there is no video in it`)
  return names.sort().map((name) => path.join(folder!, name))
}
