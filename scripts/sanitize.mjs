// The addon under a sanitizer: `sanitize.mjs build|test [address|undefined|memory|thread] [part of a test's name]...`;
// memory is address and undefined in one build.
// Needs CMake and the compiler's sanitizer libraries (Debian: `apt-get install -y cmake`, they come with g++).
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { unseenFaults } from './sanitize/faults.mjs'
import { ownReports } from './sanitize/reports.mjs'
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
  const jobs = String(availableParallelism())
  return (
    run('cmake', ['--preset', preset]) || run('cmake', ['--build', '--preset', preset, '--parallel', jobs])
  )
}

/** What must be loaded before the addon: node itself has none of it. */
function preloaded() {
  const pathOf = (library) =>
    spawnSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' }).stdout.trim()
  return libraries.map(pathOf).join(' ')
}

/** The environment of a process that runs the sanitized addon and writes reports below `folder`. */
function environmentFor(folder) {
  const log = `log_path=${join(folder, 'report')}`
  const memory = [
    // A leak is judged by where it came from, not by the exit status of the process that had it.
    'detect_leaks=1:malloc_context_size=8:fast_unwind_on_malloc=0:allocator_may_return_null=1',
    // Memory starts as not-a-numbers, so that a kernel's use of what nobody wrote shows in its results.
    'max_malloc_fill_size=1000000000:malloc_fill_byte=255',
  ]
  return {
    MSTA_NATIVE_BINARY: join(root, 'build', preset, 'Release', 'msta.node'),
    MSTA_SANITIZER: kind,
    LD_PRELOAD: preloaded(),
    ASAN_OPTIONS: [log, ...memory].join(':'),
    LSAN_OPTIONS: 'exitcode=0:print_suppressions=0',
    UBSAN_OPTIONS: `${log}:print_stacktrace=1`,
    TSAN_OPTIONS: `${log}:report_signal_unsafe=0:exitcode=0:history_size=4`,
  }
}

function test() {
  const unseen = unseenFaults(kind, join(reports, 'faults'), environmentFor)
  for (const name of unseen) process.stdout.write(`FAIL the ${kind} sanitizer does not report ${name}\n`)
  const folder = join(reports, 'tests')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const tests = rest.length > 0 ? rest : DEFAULT_TESTS
  const status = run(process.execPath, ['dist/test/run.js', ...tests], environmentFor(folder))
  const found = ownReports(folder)
  for (const report of found) process.stdout.write(`${report.trimEnd()}\n\n`)
  process.stdout.write(`${kind} sanitizer: ${found.length} distinct reports that name the addon\n`)
  return status || (found.length + unseen.length > 0 ? 1 : 0)
}

if (task === 'build' || task === 'test') process.exitCode = build() || (task === 'test' ? test() : 0)
else {
  process.stderr.write(
    'usage: sanitize.mjs build|test [address|undefined|memory|thread] [part of a test name]...\n',
  )
  process.exitCode = 2
}
