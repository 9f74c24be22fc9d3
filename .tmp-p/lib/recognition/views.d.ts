/** Temporal clips and spatial crops of a video at test time. */
export interface Views {
    clips: number;
    crops: 1 | 3;
}
/** Reads `'4x3'`: 4 clips, 3 crops of each. @throws MstaError ERR_ARGUMENT */
export declare function parseViews(text: string): Views;
/** Frame indices of every clip of a video of n frames (SPEC section 5). */
export declare const viewIndices: (n: number, frames: number, { clips }: Views) => number[][];
