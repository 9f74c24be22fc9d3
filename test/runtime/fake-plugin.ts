import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '../../lib/runtime/package-root.js'

const compiler = [process.env.CXX, 'g++', 'c++', 'clang++'].find(
  (name) => name && spawnSync(name, ['--version']).status === 0,
)

/** Whether {@link buildFakePlugin} works here; the reason if not. */
export const canBuildPlugins = process.platform === 'linux' && compiler !== undefined
export const WHY_NO_PLUGINS = 'plugins for tests need Linux and a C++ compiler'

/** Compiles `fake_plugin.cc` into `folder`. @returns the plugin's path */
export function buildFakePlugin(folder: string): string {
  const plugin = join(folder, 'libfake.so')
  const source = join(packageRoot, 'test/runtime/fake_plugin.cc')
  const include = join(packageRoot, 'native/runtime')
  const args = ['-std=c++20', '-shared', '-fPIC', '-fvisibility=hidden', '-I', include, source, '-o', plugin]
  const { status, stderr } = spawnSync(compiler!, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${compiler} ${args.join(' ')}: ${stderr}`)
  return plugin
}

/** What makes a process use `plugin` and nothing else; `mode` as `fake_plugin.cc` reads it. */
export const pluginEnv = (plugin: string, mode = '') => ({
  MSTA_CUDA: '',
  MSTA_CUDA_PLUGIN: plugin,
  FAKE_PLUGIN: mode,
})
