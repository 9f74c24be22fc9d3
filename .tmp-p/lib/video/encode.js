import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { MstaError } from '../runtime/errors.js';
import { runFfmpeg } from './run-ffmpeg.js';
const GOOD_X264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-bf', '0'];
const GOOD_MPEG4 = ['-c:v', 'mpeg4', '-q:v', '2', '-bf', '0'];
/**
 * Writes clips of equal length as mp4 files, all with one ffmpeg process: the pictures of all clips follow each other
 * and the stream is cut at the key frame that begins each clip. H.264 where this ffmpeg has libx264, else MPEG-4.
 * @param folder an empty folder. @param clips each gives `frames` pictures [height, width, 3], rgb24.
 * @returns the files, one a clip, in order.
 * @throws MstaError ERR_FFMPEG (cannot encode), ERR_TIMEOUT; the signal's reason on abort.
 */
export async function encodeClips(folder, clips, options) {
    if (clips.length === 0)
        return [];
    let reason = '';
    for (const encoder of [GOOD_X264, GOOD_MPEG4]) {
        const outcome = await encodeWith(encoder, folder, clips, options);
        const files = (await readdir(folder)).filter((name) => /^clip_\d+\.mp4$/.test(name)).sort();
        if (outcome.code === 0 && files.length === clips.length)
            return files.map((name) => path.join(folder, name));
        reason ||= outcome.log.reason() || `exit status ${outcome.code}, ${files.length} of ${clips.length} files`;
        if (!/Unknown encoder/.test(reason))
            break;
    }
    throw new MstaError('ERR_FFMPEG', `ffmpeg cannot write mp4 files into ${folder} (${reason}). Check the free space; install an ffmpeg with libx264.`, { file: folder });
}
function encodeWith(encoder, folder, clips, { width, height, frames, fps, ...limits }) {
    const cuts = clips.map((_, i) => i * frames).slice(1);
    const input = [
        '-f',
        'rawvideo',
        '-pix_fmt',
        'rgb24',
        '-s',
        `${width}x${height}`,
        '-r',
        String(fps),
        '-i',
        'pipe:0',
    ];
    // A key frame exactly every `frames` frames, none elsewhere.
    const keys = ['-g', String(frames), '-keyint_min', String(frames), '-sc_threshold', '0'];
    const segments = [
        '-f',
        'segment',
        '-segment_frames',
        cuts.join(',') || String(frames),
        '-reset_timestamps',
        '1',
    ];
    // '%' in a folder's name would be taken for a number's place.
    const target = `file:${path.resolve(folder).replaceAll('%', '%%')}/clip_%06d.mp4`;
    return runFfmpeg({
        ...limits,
        args: [...input, ...encoder, '-pix_fmt', 'yuv420p', '-threads', '1', ...keys, ...segments, target],
        outputs: [],
        input: (function* () {
            for (const clip of clips)
                yield* clip();
        })(),
        file: folder,
    });
}
//# sourceMappingURL=encode.js.map