/** A line of metrics.jsonl: `step` counts the steps done when it was written. */
export interface MetricsLine {
    step: number;
    [key: string]: unknown;
}
/** `metrics.jsonl`: one JSON object a line, appended as they come. */
export declare class MetricsLog {
    private readonly file;
    constructor(file: string);
    /** Drops lines beyond `step` (of a run that went on after its last checkpoint), or all for a new run. */
    rewind(step: number): Promise<void>;
    append(line: MetricsLine): Promise<void>;
}
