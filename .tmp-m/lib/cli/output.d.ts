/**
 * Where a command's words go: results to stdout, as lines for people or, with `--json`, as one JSON value; all else to
 * stderr. A progress bar is drawn only when stderr is a terminal.
 */
export declare class Output {
    readonly json: boolean;
    private bar;
    constructor(json: boolean);
    /** A line of the result for people; nothing under `--json`. */
    line(text?: string): void;
    /** The result for programs; nothing without `--json`. To be called once, at the end. */
    result(value: unknown): void;
    /** A remark on stderr. */
    log(text: string): void;
    /** Something the user should know but need not act on. */
    warn(text: string): void;
    /** Shows how far `what` is. */
    progress(what: string, done: number, total: number): void;
    /** Removes the progress bar; for when the work ends before it is full. */
    end(): void;
    private draw;
    private erase;
}
/** Rows as lines with aligned columns; columns of which every cell starts with a digit go to the right. */
export declare function formatTable(rows: readonly (readonly string[])[]): string[];
