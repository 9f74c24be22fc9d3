/** Rows of numbers, row-major. */
interface Rows {
    data: Float32Array;
    shape: readonly [rows: number, width: number];
}
/** Class scores of each view: softmax over classes of cosine / temperature (SPEC section 1). */
export declare function viewScores(views: Rows, classes: Rows, temperature: number): Float64Array[];
/** Mean of equally long rows. */
export declare function meanRow(rows: readonly Float64Array[]): Float64Array;
export {};
