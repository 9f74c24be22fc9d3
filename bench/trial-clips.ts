import { readdirSync } from 'node:fs'
import path from 'node:path'

/** What tells a trial which videos to take and how. */
export const CLIP_OPTIONS = {
  repeat: { type: 'string', default: '3' },
  device: { type: 'string', default: 'cpu' },
  size: { type: 'string', default: '224' },
  /** How often every video is in the list. */
  copies: { type: 'string', default: '1' },
} as const

/** The videos of a folder, sorted, the whole list so many times. @throws RangeError where there is none */
export function videosOf(folder: string | undefined, copies: number): string[] {
  const names = folder ? readdirSync(folder).filter((name) => /\.(mp4|avi|mkv|webm|mov)$/i.test(name)) : []
  if (names.length === 0) throw new RangeError(`${folder ?? 'no folder'}: there is no video in it`)
  const videos = names.sort().map((name) => path.join(folder!, name))
  return Array.from({ length: copies }, () => videos).flat()
}
