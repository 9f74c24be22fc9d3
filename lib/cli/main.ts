#!/usr/bin/env node
import { createRequire } from 'node:module'
import yargs from 'yargs'
import { demo } from './demo.js'
import { doctor } from './doctor.js'
import { evaluate } from './eval.js'
import { EXIT, UsageError, watchOutputStreams } from './exit.js'
import { flops } from './flops.js'
import { frames } from './frames.js'
import { predict } from './predict.js'
import { tokenize } from './tokenize.js'
import { train } from './train.js'

// Commands import the library only when they run: --help must not wait for it.
const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string }

watchOutputStreams()

const program = yargs()
  .scriptName('msta')
  .usage('$0 <command>\n\nFew-shot video action recognition.')
  // One language throughout, whatever the environment says.
  .locale('en')
  .parserConfiguration({ 'populate--': true, 'dot-notation': false })
  .command(predict)
  .command(train)
  .command(evaluate)
  .command(frames)
  .command(tokenize)
  .command(flops)
  .command(doctor)
  .command(demo)
  .demandCommand(1, 'Name a command.')
  .strict()
  .strictCommands()
  .wrap(Math.min(process.stdout.columns ?? 100, 100))
  .version(version)
  .epilogue('msta <command> --help tells the options of a command. Words after -- are never options.')
  .exitProcess(false)
  .fail((message, error, program) => {
    program.showHelp('error')
    throw new UsageError(message ?? error.message)
  })

try {
  await program.parseAsync(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`\nerror: ${error.message}\n`)
  process.exitCode = EXIT.usage
}
