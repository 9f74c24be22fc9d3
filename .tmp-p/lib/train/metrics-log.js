import { appendFile, readFile, writeFile } from 'node:fs/promises';
/** `metrics.jsonl`: one JSON object a line, appended as they come. */
export class MetricsLog {
    file;
    constructor(file) {
        this.file = file;
    }
    /** Drops lines beyond `step` (of a run that went on after its last checkpoint), or all for a new run. */
    async rewind(step) {
        const text = step === 0 ? '' : await readFile(this.file, 'utf8').catch(() => '');
        const kept = text.split('\n').filter((line) => {
            try {
                return JSON.parse(line).step <= step;
            }
            catch {
                return false;
            }
        });
        await writeFile(this.file, kept.map((line) => `${line}\n`).join(''));
    }
    async append(line) {
        await appendFile(this.file, `${JSON.stringify(line)}\n`);
    }
}
//# sourceMappingURL=metrics-log.js.map