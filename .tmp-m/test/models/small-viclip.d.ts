import type { ViClipConfig } from '../../lib/models/viclip/sizes.js';
import { ViCLIP } from '../../lib/recognition/viclip.js';
export declare const SMALL_VICLIP: ViClipConfig;
/** Writes such a model to `folder`; returns its path. */
export declare function saveSmallViClip(folder: string, seed?: number): Promise<string>;
/** Such a model, loaded as users load theirs. */
export declare function loadSmallViClip(folder: string, seed?: number): Promise<ViCLIP>;
