/** Loads videos through a cache, and prints what came of it: `fill.js CACHE FRAMES VIDEO...`, FILL_LIMIT bytes at most. */
import { createHash } from 'node:crypto'
import { load } from '../cached-clips.js'

const [folder, frames, ...videos] = process.argv.slice(2)
const { FILL_LIMIT } = process.env
const limitBytes = FILL_LIMIT === undefined ? undefined : Number(FILL_LIMIT)
process.stdout.write('begins\n')
const { clips, stats } = await load(videos, { folder: folder!, frames: Number(frames), limitBytes })
const hash = createHash('sha256')
for (const clip of clips) hash.update(clip.frames).update(clip.indices.join())
process.stdout.write(`${JSON.stringify({ ...stats, hash: hash.digest('hex') })}\n`)
