import { COMMANDS } from './commands.js';
import { formatTable } from './output.js';
/** The help of the program as a whole. */
export function overview() {
    const commands = COMMANDS.map(({ command, describe }) => [`  msta ${command}`, String(describe)]);
    return [
        'msta <command>',
        '',
        'Few-shot video action recognition.',
        '',
        'Commands:',
        ...formatTable(commands),
        '',
        'Options:',
        ...formatTable([
            ['  --help', 'Show help; msta <command> --help tells the options of a command'],
            ['  --version', 'Show the version'],
            ['  --json', 'Of every command: print the result as JSON, alone on stdout'],
        ]),
        '',
        'Words after -- are never options: msta predict --labels a,b -- -video.mp4',
        'Exit status: 0, 1 for a failure, 2 for a wrong call, 130 when interrupted.',
    ].join('\n');
}
//# sourceMappingURL=overview.js.map