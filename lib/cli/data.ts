import type { Argv, CommandModule } from 'yargs'
import { check } from './data-check.js'

/** `msta data`: what is done with data sets, each a command of its own. */
export const data: CommandModule = {
  command: 'data',
  describe: 'Look after a data set: msta data check',
  builder: (yargs: Argv<object>) => yargs.command([check]).demandCommand(1, 'Name what to do: check.'),
  // Every call is one of the commands.
  handler: () => {},
}
