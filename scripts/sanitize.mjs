// The addon under a sanitizer: `sanitize.mjs build|test [address|undefined|memory|thread] [part of a test's name]...`;
// memory is address and undefined in one build.
// Needs CMake and the compiler's sanitizer libraries (Debian: `apt-get install -y cmake`, they come with g++).
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { onPath } from './setup/native.mjs'
import { root } from './setup/root.mjs'

const SANITIZERS = {
  address: { preset: 'asan', libraries: ['libasan.so'] },
  undefined: { preset: 'ubsan', libraries: ['libubsan.so'] },
  memory: { preset: 'asan-ubsan', libraries: ['libasan.so', 'libubsan.so'] },
  thread: { preset: 'tsan', libraries: ['libtsan.so'] },
}
// Kernels and lifecycle: what reaches native code. Without arguments everything there runs.
const DEFAULT_TESTS = ['kernels/', 'lifecycle/', 'native/']

const [task, ...rest] = process.argv.slice(2)
const kind = rest[0] in SANITIZERS ? rest.shift() : 'address'
const { preset, libraries } = SANITIZERS[kind]
const reports = join(root, 'build', preset, 'reports')

function run(command, args, env = {}) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status
}

function build() {
  if (!onPath('cmake')) {
    process.stderr.write('cmake is missing. On Debian or Ubuntu: apt-get install -y cmake\n')
    return 1
  }
  return run('cmake', ['--preset', preset]) || run('cmake', ['--build', '--preset', preset, '--parallel'])
}

/** What the addon's libraries must be loaded before: node itself has none of them. */
function preloaded() {
  const pathOf = (library) =>
    spawnSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' }).stdout.trim()
  return libraries.map(pathOf).join(' ')
}

const START =
  /\n(?=(?:Direct|Indirect) leak of|WARNING: ThreadSanitizer|==\d+==ERROR|[^\n]+: runtime error: )/
const REPORT = /leak of|WARNING: ThreadSanitizer|ERROR: AddressSanitizer|runtime error: /

/** Whether the code that a frame of a stack is in is ours, or called by us without another's between. */
const isOurs = (frames) =>
  frames.find((frame) => !/lib[a-z+]+san|libstdc|libc\.so|libc\+/.test(frame))?.includes('msta.node')

/**
 * Whether a report is about the addon. Node keeps much memory until it exits, and its own locks are unknown to the
 * sanitizer: a race must have one of its two accesses in the addon itself, other reports name it among the first frames.
 */
function isOwn(report) {
  if (!report.startsWith('WARNING: ThreadSanitizer'))
    return (
      /native\/\S+: runtime error: /.test(report) ||
      report.split('\n').slice(0, 12).join('\n').includes('msta.node')
    )
  const stacks = report.split(/\n\s*\n/).slice(0, 2)
  return stacks.some((stack) => isOurs(stack.split('\n').filter((line) => /^\s*#\d/.test(line))))
}

/** Reports about the addon, as one text each. */
function ownReports() {
  return readdirSync(reports).flatMap((file) =>
    readFileSync(join(reports, file), 'utf8')
      .split(START)
      .map((report) => report.replace(/^=+\n/, ''))
      .filter((report) => REPORT.test(report) && isOwn(report)),
  )
}

function test() {
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports, { recursive: true })
  const log = `log_path=${join(reports, 'report')}`
  const status = run(process.execPath, ['dist/test/run.js', ...(rest.length > 0 ? rest : DEFAULT_TESTS)], {
    MSTA_NATIVE_BINARY: join(root, 'build', preset, 'Release', 'msta.node'),
    MSTA_SANITIZER: kind,
    LD_PRELOAD: preloaded(),
    // A leak is judged below by where it came from, not by the exit status of the process that had it.
    ASAN_OPTIONS: `${log}:detect_leaks=1:malloc_context_size=8:fast_unwind_on_malloc=0:allocator_may_return_null=1`,
    LSAN_OPTIONS: 'exitcode=0:print_suppressions=0',
    UBSAN_OPTIONS: `${log}:print_stacktrace=1`,
    TSAN_OPTIONS: `${log}:report_signal_unsafe=0:exitcode=0:history_size=4`,
  })
  const found = [...new Set(ownReports().map((report) => report.replaceAll(/0x[0-9a-f]+|==\d+==/g, '')))]
  for (const report of found) process.stdout.write(`${report.trimEnd()}\n\n`)
  process.stdout.write(`${kind} sanitizer: ${found.length} distinct reports that name the addon\n`)
  return status || (found.length > 0 ? 1 : 0)
}

if (task === 'build' || task === 'test') process.exitCode = build() || (task === 'test' ? test() : 0)
else {
  process.stderr.write(
    'usage: sanitize.mjs build|test [address|undefined|memory|thread] [part of a test name]...\n',
  )
  process.exitCode = 2
}
