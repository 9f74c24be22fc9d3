import yargs from 'yargs';
import { COMMANDS } from './commands.js';
import { EXIT, UsageError } from './exit.js';
import { overview } from './overview.js';
const WIDEST_HELP = 100;
/** Runs the command that `args` name; a wrong call prints the usage on stderr. Sets the exit status. */
export async function runProgram(args) {
    const isCommand = COMMANDS.some(({ command }) => String(command).split(' ')[0] === args[0]);
    const program = yargs()
        .scriptName('msta')
        // One language throughout, whatever the environment says.
        .locale('en')
        .parserConfiguration({ 'populate--': true, 'dot-notation': false })
        .command(COMMANDS)
        .demandCommand(1, 'Name a command.')
        .strict()
        .strictCommands()
        .version(false)
        .wrap(Math.min(process.stdout.columns ?? WIDEST_HELP, WIDEST_HELP))
        .exitProcess(false)
        .fail((message, error, failed) => {
        // Without a message it is no wrong call but a defect of the program.
        if (!message)
            throw error;
        if (isCommand)
            failed.showHelp('error');
        else
            process.stderr.write(`${overview()}\n`);
        throw new UsageError(message);
    });
    try {
        await program.parseAsync([...args]);
    }
    catch (error) {
        if (!(error instanceof UsageError))
            throw error;
        process.stderr.write(`\nerror: ${error.message}\n`);
        process.exitCode = EXIT.usage;
    }
}
//# sourceMappingURL=program.js.map