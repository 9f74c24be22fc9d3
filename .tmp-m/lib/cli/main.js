#!/usr/bin/env node
import { createRequire } from 'node:module';
import { watchOutputStreams } from './exit.js';
import { overview } from './overview.js';
const args = process.argv.slice(2);
const first = args.length === 1 ? args[0] : undefined;
watchOutputStreams();
if (first === '--help' || first === 'help') {
    process.stdout.write(`${overview()}\n`);
}
else if (first === '--version') {
    const { version } = createRequire(import.meta.url)('../../../package.json');
    process.stdout.write(`${version}\n`);
}
else {
    // Loading yargs takes longer than all of the above.
    const { runProgram } = await import('./program.js');
    await runProgram(args);
}
//# sourceMappingURL=main.js.map