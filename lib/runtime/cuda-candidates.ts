import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

/** File name of the CUDA plugin. */
export const PLUGIN_FILE = 'libmsta_cuda.so'
/** The optional package that brings the plugin. */
export const PLUGIN_PACKAGE = `msta-native-cuda-linux-${process.arch}`

/** How to get the plugin that fits `version` of msta-native. */
export function pluginRemedy(version: string): string {
  const build = 'build it with `npm run build:cuda` (needs nvcc)'
  return process.arch === 'x64' ? `\`npm install ${PLUGIN_PACKAGE}@${version}\`, or ${build}` : build
}

/** A place where the CUDA plugin may lie. */
export interface CudaCandidate {
  path: string
  /** Whether it makes no sense without an NVIDIA driver. */
  needsDriver: boolean
  /** Why it is not there, and what to do; null when it is there. */
  missing: { reason: string; remedy: string } | null
}

/**
 * Where the CUDA plugin is looked for, best first: the file that `MSTA_CUDA_PLUGIN` names and nothing else, or the one
 * built here, the one this package came with, and the one of the optional package.
 *
 * @param root the folder of this package
 * @param version of the addon
 */
export function cudaCandidates(env: NodeJS.ProcessEnv, root: string, version: string): CudaCandidate[] {
  const remedy = pluginRemedy(version)
  const named = env.MSTA_CUDA_PLUGIN
  // An emulated build of the plugin runs without a driver, and only this variable can name one.
  if (named)
    return [{ ...fileCandidate(resolve(named), 'correct or unset MSTA_CUDA_PLUGIN'), needsDriver: false }]
  return [
    fileCandidate(join(root, 'build', 'cuda', PLUGIN_FILE), remedy),
    fileCandidate(join(root, 'prebuilds', `linux-${process.arch}`, PLUGIN_FILE), remedy),
    packageCandidate(root, remedy),
  ]
}

function fileCandidate(path: string, remedy: string): CudaCandidate {
  return { path, needsDriver: true, missing: existsSync(path) ? null : { reason: 'no such file', remedy } }
}

function packageCandidate(root: string, remedy: string): CudaCandidate {
  try {
    const path = createRequire(join(root, 'package.json')).resolve(`${PLUGIN_PACKAGE}/${PLUGIN_FILE}`)
    return { path, needsDriver: true, missing: null }
  } catch {
    return {
      path: `${PLUGIN_PACKAGE}/${PLUGIN_FILE}`,
      needsDriver: true,
      missing: { reason: 'package not installed', remedy },
    }
  }
}
