import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** One run of one test file. */
export interface TestJob {
  file: string
  /** As the report names it: the file relative to the root, with its variant. */
  name: string
  /** Environment variables of this variant. */
  env: Record<string, string>
}

const TEST_FILE = /\.test\.js$/
const ENV_DIRECTIVE = /^\/\/ @env ([A-Z][A-Z0-9_]*)=(\S+)\s*$/gm
// Directives stand above the imports.
const HEAD_CHARACTERS = 2000

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

/**
 * Environments that a compiled test asks to be run in: every combination of its lines `// @env NAME=one,two`, (only
 * the one of the environment, where it has NAME already), which stand at its top, an empty line after them (the compiler drops a comment that belongs to an import of types).
 */
export function variantsOf(source: string): Record<string, string>[] {
  let variants: Record<string, string>[] = [{}]
  for (const [, name = '', values = ''] of source.slice(0, HEAD_CHARACTERS).matchAll(ENV_DIRECTIVE)) {
    const wanted = process.env[name]
    variants = variants.flatMap((variant) =>
      (wanted ? [wanted] : values.split(',')).map((value) => ({ ...variant, [name]: value })),
    )
  }
  return variants
}

/** Every run of every `*.test.js` below `root` whose name holds one of `filters` (all without filters). */
export function findJobs(root: string, filters: readonly string[]): TestJob[] {
  const jobs = filesBelow(root)
    .filter((file) => TEST_FILE.test(file))
    .flatMap((file) =>
      variantsOf(readFileSync(file, 'utf8')).map((env) => {
        const variant = Object.entries(env).map(([name, value]) => ` ${name}=${value}`)
        return { file, name: path.relative(root, file).replaceAll(path.sep, '/') + variant.join(''), env }
      }),
    )
  return jobs.filter(({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
}

/**
 * Differences between the compiled tests below `root` and their sources: `missing` were never compiled, `stale` have
 * lost their source. None when the sources are not there, as in a published package.
 */
export function compareWithSources(root: string, sources: string): { missing: string[]; stale: string[] } {
  if (!existsSync(sources)) return { missing: [], stale: [] }
  const names = (folder: string, suffix: RegExp): string[] =>
    filesBelow(folder)
      .filter((file) => suffix.test(file))
      .map((file) => path.relative(folder, file).replace(suffix, ''))
  const compiled = names(root, TEST_FILE)
  const written = names(sources, /\.test\.ts$/)
  return {
    missing: written.filter((name) => !compiled.includes(name)),
    stale: compiled.filter((name) => !written.includes(name)),
  }
}
