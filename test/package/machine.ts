/** A machine as a user has it: Node, npm and ffmpeg on the PATH, nothing that compiles. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const PROGRAMS = ['node', 'npm', 'npx', 'sh', 'env', 'ffmpeg']
const HIDDEN = ['cmake', 'nvcc', 'gcc', 'g++', 'cc', 'c++', 'clang', 'make', 'python3', 'python']
// What `npm run` tells its command, and what would lead past the PATH.
const DROPPED = /^(npm_|MSTA_|CUDA|CC$|CXX$|PYTHON$|NODE_ENV$|NODE_PATH$|NODE_OPTIONS$|INIT_CWD$)/i
const MOST_OUTPUT = 1 << 26

/** How a program ended that had to end with 0. */
export interface Output {
  stdout: string
  stderr: string
}

/** This environment without what npm and msta put there. */
export const plainEnvironment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !DROPPED.test(name)),
)

function findProgram(name: string): string {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file))
  if (!found) throw new Error(`${name} is needed on the PATH`)
  return realpathSync(found)
}

/** Makes `folder` hold the programs of a user's machine. @returns the environment with it as the whole PATH */
export function bareEnvironment(folder: string): NodeJS.ProcessEnv {
  mkdirSync(folder)
  for (const name of PROGRAMS)
    symlinkSync(name === 'node' ? process.execPath : findProgram(name), path.join(folder, name))
  const env = { ...plainEnvironment, PATH: folder }
  for (const name of HIDDEN) {
    const { status } = spawnSync(path.join(folder, 'sh'), ['-c', `command -v ${name}`], { env })
    if (status === 0) throw new Error(`${name} is not hidden`)
  }
  return env
}

/** @throws Error with what the program printed, if it ends with another status than `expected` */
export function run(
  command: string,
  args: string[],
  { cwd, env, expected = 0 }: { cwd: string; env: NodeJS.ProcessEnv; expected?: number },
): Output {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: MOST_OUTPUT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (status === expected) return { stdout, stderr }
  const said = error?.message ?? `${stdout}\n${stderr}`.trim()
  throw new Error(`${command} ${args.join(' ')} ended with ${status}, not ${expected}:\n${said}`)
}

/** An empty project in `folder`. */
export function makeProject(folder: string): string {
  mkdirSync(folder)
  writeFileSync(
    path.join(folder, 'package.json'),
    '{ "name": "consumer", "version": "1.0.0", "private": true }\n',
  )
  return folder
}

/** `npm install` as a user types it. */
export function npmInstall(cwd: string, env: NodeJS.ProcessEnv, ...args: string[]): Output {
  return run('npm', ['install', '--no-audit', '--no-fund', ...args], { cwd, env })
}

/** Names of the files in an npm archive, without the leading `package/`. */
export function filesIn(archive: string): string[] {
  const listing = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8', maxBuffer: MOST_OUTPUT })
  return listing
    .split('\n')
    .filter(Boolean)
    .map((name) => name.replace(/^package\//, ''))
}

/** The `package.json` in a folder. */
export const manifestOf = (folder: string): { name: string; version: string } & Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
