/**
 * The temporal embedding for another number of frames: [from, width] to [to, width], as PyTorch's
 * `interpolate(mode='linear', align_corners=False)` along time. Returns a copy; exact when the numbers are equal.
 * Throws ERR_ARGUMENT for a count below 1, ERR_SHAPE when `table` is not [from, width].
 */
export declare function interpolateTemporal(table: Float32Array, from: number, to: number, width: number): Float32Array;
/**
 * The spatial embedding for another square grid: [1 + from^2, width] to [1 + to^2, width], row 0 (the class token's)
 * kept, the rest as PyTorch's `interpolate(mode='bicubic', align_corners=False)`. Returns a copy; exact when the
 * grids are equal. Throws ERR_ARGUMENT for a side below 1, ERR_SHAPE when `table` is not [1 + from^2, width].
 */
export declare function interpolateSpatial(table: Float32Array, from: number, to: number, width: number): Float32Array;
