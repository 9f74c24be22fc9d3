import type { Philox } from './random.js';
/** The motions a class can be named after, in the order in which classes take them. */
export declare const MOTION_NAMES: readonly ['moving left', 'moving right', 'moving up', 'moving down', 'growing', 'shrinking', 'circling', 'blinking'];
/** Name of a motion. */
export type MotionName = (typeof MOTION_NAMES)[number];
/**
 * Draws one clip of a shape in motion. Shape, colours, place, size and speed are random; opposite motions are the
 * same pictures in reverse order, so that no single frame gives the class away.
 * @returns `frames` pictures of `size` x `size` pixels, rgb24, each its own array.
 */
export declare function drawMotion(motion: MotionName, size: number, frames: number, random: Philox): Generator<Uint8Array>;
