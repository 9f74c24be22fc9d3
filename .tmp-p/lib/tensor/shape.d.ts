import { MstaError } from '../runtime/errors.js';
/** A tensor's sizes, outermost dimension first, row-major. */
export type Shape = readonly number[];
/** Labelled shapes: the compiler checks the rank, the editor shows the names. */
export type Scalar = readonly [];
export type Vector = readonly [size: number];
export type Matrix = readonly [rows: number, columns: number];
export type Video = readonly [batch: number, channels: number, frames: number, height: number, width: number];
export type Tokens = readonly [batch: number, tokens: number, width: number];
export type Ids = readonly [batch: number, length: number];
export type Embeddings = readonly [batch: number, embedDim: number];
/** Number of elements. */
export declare const sizeOf: (shape: Shape) => number;
/** @throws MstaError ERR_SHAPE unless every size is a non-negative integer and the product is representable. */
export declare function checkShape(shape: Shape): void;
/** Raises ERR_SHAPE in the form "[op] expected ... but has ...". */
export declare function shapeError(op: string, what: string, shapes: Record<string, Shape>): MstaError;
/** Whether two shapes are equal. */
export declare const sameShape: (a: Shape, b: Shape) => boolean;
