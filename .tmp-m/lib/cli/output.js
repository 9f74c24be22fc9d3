const BAR_WIDTH = 24;
const ERASE_LINE = '\r\x1b[2K';
/**
 * Where a command's words go: results to stdout, as lines for people or, with `--json`, as one JSON value; all else to
 * stderr. A progress bar is drawn only when stderr is a terminal.
 */
export class Output {
    json;
    bar = '';
    constructor(json) {
        this.json = json;
    }
    /** A line of the result for people; nothing under `--json`. */
    line(text = '') {
        if (this.json)
            return;
        this.erase();
        process.stdout.write(`${text}\n`);
        this.draw();
    }
    /** The result for programs; nothing without `--json`. To be called once, at the end. */
    result(value) {
        if (!this.json)
            return;
        this.erase();
        process.stdout.write(`${JSON.stringify(value)}\n`);
    }
    /** A remark on stderr. */
    log(text) {
        this.erase();
        process.stderr.write(`${text}\n`);
        this.draw();
    }
    /** Something the user should know but need not act on. */
    warn(text) {
        this.log(`warning: ${text}`);
    }
    /** Shows how far `what` is. */
    progress(what, done, total) {
        if (!process.stderr.isTTY)
            return;
        this.erase();
        const filled = total > 0 ? Math.round((BAR_WIDTH * Math.min(done, total)) / total) : 0;
        this.bar = done < total ? `${what} [${'='.repeat(filled).padEnd(BAR_WIDTH)}] ${percent(done, total)}` : '';
        this.draw();
    }
    /** Removes the progress bar; for when the work ends before it is full. */
    end() {
        this.erase();
        this.bar = '';
    }
    draw() {
        if (this.bar !== '')
            process.stderr.write(this.bar);
    }
    erase() {
        if (this.bar !== '')
            process.stderr.write(ERASE_LINE);
    }
}
const percent = (done, total) => `${Math.floor((100 * done) / total)} %`;
/** Rows as lines with aligned columns; columns of which every cell starts with a digit go to the right. */
export function formatTable(rows) {
    const columns = Math.max(0, ...rows.map((row) => row.length));
    const cells = (column) => rows.map((row) => row[column] ?? '');
    const shapes = Array.from({ length: columns }, (_, column) => ({
        width: Math.max(...cells(column).map((cell) => cell.length)),
        isNumeric: cells(column).every((cell) => cell === '' || /^[\d-]/.test(cell)),
    }));
    return rows.map((row) => shapes
        .map(({ width, isNumeric }, i) => isNumeric ? (row[i] ?? '').padStart(width) : (row[i] ?? '').padEnd(width))
        .join('  ')
        .trimEnd());
}
//# sourceMappingURL=output.js.map