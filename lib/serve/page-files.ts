import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { packageRoot } from '../runtime/package-root.js'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** A file of the page. */
export interface PageFile {
  type: string
  content: Buffer
}

/** The files of the page by the paths they are served under; there are no others, whatever is asked for. */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const folder = path.join(packageRoot, 'lib/serve/page')
  const files = new Map<string, PageFile>()
  for (const name of await readdir(folder)) {
    const type = TYPES[path.extname(name)]
    if (type === undefined) continue
    const content = await readFile(path.join(folder, name))
    files.set(name === 'index.html' ? '/' : `/${name}`, { type, content })
  }
  return files
}
