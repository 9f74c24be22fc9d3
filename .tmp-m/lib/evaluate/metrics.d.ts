/** Row-major [rows, classes] scores. */
export type Scores = Float32Array | Float64Array;
/** Softmax of every row of [rows, classes] logits, computed in float64. Throws ERR_SHAPE for a ragged length. */
export declare function softmaxRows(logits: ArrayLike<number>, classes: number): Float64Array;
/** Mean over the views of each video: [videos * views, classes], a video's views adjacent, to [videos, classes]. */
export declare function meanOverViews(scores: ArrayLike<number>, views: number, classes: number): Float64Array;
/**
 * The `k` best classes of one row of scores, best first; equal scores by lower class index, NaN last.
 * `k` above the number of classes gives all of them.
 */
export declare function topKClasses(row: ArrayLike<number>, k: number): number[];
/** Share of rows of [rows, classes] scores whose label is among the `k` best, 0 to 1; NaN without rows. */
export declare function topKAccuracy(scores: ArrayLike<number>, labels: ArrayLike<number>, classes: number, k: number): number;
/** Best class of every row; equal scores by lower class index. */
export declare function predictions(scores: ArrayLike<number>, classes: number): Int32Array;
/** Row-major [classes, classes] counts: row = label, column = prediction. */
export declare function confusionMatrix(predicted: ArrayLike<number>, labels: ArrayLike<number>, classes: number): Int32Array;
/** Accuracy of every class, from a confusion matrix; NaN for a class without samples. */
export declare function perClassAccuracy(confusion: ArrayLike<number>, classes: number): Float64Array;
/** Harmonic mean 2ab/(a+b) of two accuracies; 0 when both are 0. Throws ERR_ARGUMENT for a negative one. */
export declare function harmonicMean(a: number, b: number): number;
/** A mean with the standard deviation around it. */
export interface Spread {
    mean: number;
    /** Square root of the sum of squared deviations over (count - ddof); NaN when count <= ddof. */
    std: number;
    ddof: number;
    count: number;
}
/** Mean and standard deviation; `ddof` 0 is the population's, 1 the sample's. NaN without values. */
export declare function meanAndStd(values: ArrayLike<number>, ddof?: number): Spread;
