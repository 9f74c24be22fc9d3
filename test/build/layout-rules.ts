/** The rules of layout and direction, as functions of text, so that a test can see them fail. */
import { posix } from 'node:path'

/** Folders of lib, lowest first: a folder may import those of earlier rows. */
const ROWS = [
  ['runtime'],
  ['formats', 'tensor'],
  ['nn'],
  ['models'],
  ['adapters'],
  ['text', 'video', 'data', 'hub'],
  ['recognition'],
  ['evaluate', 'train'],
  ['protocols'],
  ['report', 'serve'],
  ['cli'],
]
/** What a folder may import of its own row. */
const SIDEWAYS: Record<string, string[]> = {
  tensor: ['formats'],
  data: ['text', 'video'],
  hub: ['text'],
  train: ['evaluate'],
}
/** Folders that stand on the runtime alone: they could be packages of their own. */
const LEAVES = ['formats', 'text', 'video']
const FOR_LEAVES = ['runtime', 'formats']

const rowOf = (folder: string) => ROWS.findIndex((row) => row.includes(folder))

/** Module names that a TypeScript source imports or re-exports. */
export function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const pattern = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\s*\(\s*)['"]([^'"]+)['"]/g
  return [...code.matchAll(pattern)].map(([, name]) => name!)
}

function checkLibImport(file: string, folder: string, target: string): string | undefined {
  const path = posix.normalize(posix.join(posix.dirname(file), target))
  if (!path.startsWith('lib/')) return `${file} imports ${target}, outside lib`
  const other = path.split('/')[1]!
  if (other === folder) return undefined
  if (folder === 'cli')
    return path === 'lib/index.js' ? undefined : `${file} imports ${target}: only ../index.js`
  const wrong = `${file} imports ${target}: ${folder} must not depend on ${other}`
  if (rowOf(other) < 0) return wrong
  if (LEAVES.includes(folder)) return FOR_LEAVES.includes(other) ? undefined : wrong
  if (rowOf(other) < rowOf(folder)) return undefined
  return rowOf(other) === rowOf(folder) && SIDEWAYS[folder]?.includes(other) ? undefined : wrong
}

/** What one file of lib imports and should not. `file` is relative to the repository, with forward slashes. */
export function checkLibFile(file: string, source: string, dependencies: readonly string[]): string[] {
  const folder = file.split('/')[1]!
  const isIndex = file === 'lib/index.ts'
  if (!isIndex && rowOf(folder) < 0) return [`${file}: the folder ${folder} is not in the list of directions`]
  return importsOf(source).flatMap((target) => {
    if (target.startsWith('node:')) return []
    if (target.startsWith('.')) return isIndex ? [] : (checkLibImport(file, folder, target) ?? [])
    const name = target.split('/', target.startsWith('@') ? 2 : 1).join('/')
    if (folder === 'cli' && name !== 'yargs')
      return [`${file} imports ${target}: the CLI uses yargs and the index`]
    return dependencies.includes(name) ? [] : [`${file} imports ${target}, which is no dependency`]
  })
}

/** Folders of native that a folder's files may include (besides its own). */
const NATIVE: Record<string, string[]> = {
  runtime: [],
  kernels: ['runtime', 'cpu', 'cuda'],
  cpu: ['runtime', 'kernels'],
  cuda: ['runtime', 'kernels'],
  addon: ['runtime', 'cpu'],
}

/** What one native source includes and should not. */
export function checkNativeFile(file: string, source: string): string[] {
  const folder = file.split('/')[1]!
  const isCuda = folder === 'cuda' || /\.cuda\.(cu|h)$/.test(file)
  const allowed = NATIVE[folder]
  if (!allowed) return [`${file}: native/${folder} is not in the list of directions`]
  const problems: string[] = []
  for (const [, quote, name = ''] of source.matchAll(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/gm)) {
    if (/^(napi|node_api|js_native_api)/.test(name) && folder !== 'addon')
      problems.push(`${file} includes ${name}: only native/addon may`)
    if (/^(cuda|cublas|cooperative_groups|mma\.h|cute|cutlass)/.test(name) && quote === '<' && !isCuda)
      problems.push(`${file} includes ${name}: only native/cuda and *.cuda.cu may`)
    if (quote !== '"') continue
    const path = posix.normalize(posix.join(posix.dirname(file), name))
    const other = path.split('/')[1]!
    if (!path.startsWith('native/')) problems.push(`${file} includes ${name}, outside native`)
    else if (other !== folder && !allowed.includes(other))
      problems.push(`${file} includes ${name}: ${folder} must not depend on ${other}`)
    else if (other === 'cuda' && !isCuda) problems.push(`${file} includes ${name}: only *.cuda.cu may`)
    else if (other === 'cpu' && isCuda) problems.push(`${file} includes ${name}: CPU code`)
  }
  return problems
}

/** What the folder of one kernel lacks; `listed` are the sources in native/sources.json. */
export function checkKernelFolder(op: string, files: readonly string[], listed: readonly string[]): string[] {
  const sources = [`${op}.cpu.cc`, `${op}.cuda.cu`]
  const missing = [`${op}.h`, `${op}.spec.ts`, ...sources]
    .filter((name) => !files.includes(name))
    .map((name) => `native/kernels/${op} has no ${name}`)
  const unlisted = sources
    .map((name) => `native/kernels/${op}/${name}`)
    .filter((source) => !listed.includes(source))
    .map((source) => `${source} is not in native/sources.json`)
  return [...missing, ...unlisted]
}

/** A name as another file exports it, and the file it comes from. */
export interface Export {
  name: string
  from: string
}

/** `export { a, type b as c } from './x.js'` of a source; the names as the other file knows them. */
export function reexportsOf(source: string): (Export & { as: string })[] {
  return [...source.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm)].flatMap(([, names, from]) =>
    names!
      .split(',')
      .map((item) => item.trim().replace(/^type /, ''))
      .filter((item) => item !== '')
      .map((item) => {
        const [name = '', as = name] = item.split(' as ')
        return { name, as, from: from! }
      }),
  )
}

/** Whether `source` declares `name`: with a doc comment, without, or not at all. */
export function documentation(source: string, name: string): 'documented' | 'bare' | 'absent' {
  const kinds = '(?:async )?(?:abstract )?(?:class|function\\*?|const|let|interface|type|enum)'
  const declaration = new RegExp(`^export (?:declare )?${kinds} ${name}\\b`, 'm').exec(source)
  if (!declaration) return 'absent'
  return /\*\/\s*$/.test(source.slice(0, declaration.index)) ? 'documented' : 'bare'
}

/**
 * Exports of `file` that have no doc comment where they are declared, following re-exports.
 * @param read a file's text by its path relative to the repository
 */
export function undocumentedExports(file: string, read: (path: string) => string): string[] {
  return reexportsOf(read(file)).flatMap(({ name, from }) => {
    const problem = lookUp(name, posix.join(posix.dirname(file), from.replace(/\.js$/, '.ts')), read)
    return problem ? [problem] : []
  })
}

function lookUp(name: string, file: string, read: (path: string) => string): string | undefined {
  const source = read(file)
  const found = documentation(source, name)
  if (found === 'documented') return undefined
  if (found === 'bare') return `${file}: ${name} has no doc comment`
  const passedOn = reexportsOf(source).find(({ as }) => as === name)
  if (!passedOn) return `${file}: ${name} is not declared there`
  return lookUp(passedOn.name, posix.join(posix.dirname(file), passedOn.from.replace(/\.js$/, '.ts')), read)
}
