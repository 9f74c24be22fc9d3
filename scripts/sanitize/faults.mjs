// Whether a sanitizer sees what it is there for: each fault is committed in a process of its own, and must be reported.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownReports } from './reports.mjs'

// The numbers are those of native/cpu/stray.cc.
const BEYOND_BLOCKS = [
  { name: 'a read past an operand', numbers: [0], report: /heap-buffer-overflow/ },
  { name: 'a write past an operand', numbers: [1], report: /heap-buffer-overflow/ },
  { name: 'a read before an operand', numbers: [2], report: /heap-buffer-overflow/ },
  { name: 'a partial vector past an operand', numbers: [3], report: /heap-buffer-overflow/ },
  { name: 'a write past scratch memory', numbers: [4], report: /heap-buffer-overflow/ },
  { name: 'a use of a freed block', numbers: [5, 6], report: /heap-use-after-free/ },
]
const UNDEFINED = [{ name: 'an overflow of integers', numbers: [7], report: /signed integer overflow/ }]
const FAULTS = {
  address: BEYOND_BLOCKS,
  undefined: UNDEFINED,
  memory: [...BEYOND_BLOCKS, ...UNDEFINED],
  thread: [{ name: 'a data race', numbers: [8], report: /data race/ }],
}

/**
 * Names of the faults that the sanitizer `kind` does not report.
 * `environmentFor` gives the environment of a process whose reports go to a folder.
 */
export function unseenFaults(kind, folder, environmentFor) {
  const unseen = FAULTS[kind].filter(({ numbers, report }) => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const script = fileURLToPath(new URL('commit-fault.mjs', import.meta.url))
    const { stderr } = spawnSync(process.execPath, [script, ...numbers.map(String)], {
      env: { ...process.env, ...environmentFor(folder) },
      encoding: 'utf8',
      timeout: 60_000,
    })
    // Where the undefined sanitizer writes beside another one.
    writeFileSync(join(folder, 'stderr'), stderr)
    return !ownReports(folder).some((text) => report.test(text) && text.includes('stray'))
  })
  return unseen.map(({ name }) => name)
}
