import { open } from 'node:fs/promises';
import { countAviFrames } from './avi.js';
import { countMatroskaFrames } from './matroska.js';
import { countMp4Frames } from './mp4.js';
/**
 * A guess of how many frames the main video stream of `file` decodes to, from the index of an MP4/MOV/3GP, AVI or
 * Matroska/WebM container, in about a millisecond and without ffmpeg. It is only ever used as a guess (the decoder's
 * own count has the last word), so damaged, hostile and unknown files simply give `undefined`: it never throws.
 */
export async function hintFrameCount(file) {
    let handle;
    try {
        handle = await open(file, 'r');
        const { size } = await handle.stat();
        const readAt = reader(handle);
        const start = await readAt(0, 12);
        const count = await counterFor(start)?.(readAt, size);
        return count !== undefined && Number.isSafeInteger(count) && count > 0 ? count : undefined;
    }
    catch {
        return undefined;
    }
    finally {
        await handle?.close().catch(() => { });
    }
}
function counterFor(start) {
    if (start.length < 12)
        return undefined;
    if (start.readUInt32BE(0) === 0x1a45dfa3)
        return countMatroskaFrames;
    if (start.toString('latin1', 0, 4) === 'RIFF' && start.toString('latin1', 8, 12) === 'AVI ')
        return countAviFrames;
    if (/^(ftyp|moov|mdat|free|skip|wide|styp)$/.test(start.toString('latin1', 4, 8)))
        return countMp4Frames;
    return undefined;
}
function reader(handle) {
    return async (position, length) => {
        const buffer = Buffer.alloc(length);
        const { bytesRead } = await handle.read(buffer, 0, length, position);
        return buffer.subarray(0, bytesRead);
    };
}
//# sourceMappingURL=hint.js.map