import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFfmpeg } from '../../lib/video/ffmpeg.js';
/** Real clips beside the repository; undefined where there are none. */
export const sharedData = existsSync(path.resolve('../shared/data'))
    ? path.resolve('../shared/data')
    : undefined;
/** An empty folder for one suite. */
export function makeFolder() {
    const folder = mkdtempSync(path.join(tmpdir(), 'msta-video-'));
    return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
/** Runs ffmpeg with a lavfi source and writes `file`. */
export async function makeVideo(file, source, ...encoding) {
    const ffmpeg = await findFfmpeg();
    const args = ['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...encoding, `file:${file}`];
    execFileSync(ffmpeg.path, args);
    return file;
}
/** Filters that make frame i plain grey of level 20 + 4 i. */
export const numberedPicture = "format=gbrp,geq=r='20+4*N':g='20+4*N':b='20+4*N'";
/** Frame i of this video is plain grey of level 20 + 4 i (give or take coding), so that a frame tells its number. */
export function makeNumbered(file, frames = 40, size = '32x24', ...encoding) {
    const source = `color=black:s=${size}:r=10:d=${frames / 10},${numberedPicture}`;
    const codec = encoding.length > 0 ? encoding : ['-c:v', 'mpeg4', '-q:v', '1', '-pix_fmt', 'yuv420p'];
    return makeVideo(file, source, ...codec);
}
/** The numbers of the frames of a {@link makeNumbered} video, read from their pictures. */
export function readNumbers(frames, count) {
    const bytes = frames.length / count;
    return Array.from({ length: count }, (_, t) => {
        let sum = 0;
        for (const value of frames.subarray(t * bytes, (t + 1) * bytes))
            sum += value;
        return Math.round((sum / bytes - 20) / 4);
    });
}
/** Sets the display matrix of an MP4's first track to a quarter turn clockwise. */
export function rotateQuarter(file) {
    const bytes = readFileSync(file);
    const matrix = bytes.indexOf('tkhd') + 4 + 40;
    const values = [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000];
    for (const [i, value] of values.entries())
        bytes.writeInt32BE(value, matrix + 4 * i);
    writeFileSync(file, bytes);
}
/** Moves the tags, cover picture included, of an MP4 before its tracks, so that the picture becomes stream 0. */
export function moveCoverFirst(file) {
    const bytes = readFileSync(file);
    const moov = bytes.indexOf('moov') - 4;
    const end = moov + bytes.readUInt32BE(moov);
    const boxes = [];
    for (let at = moov + 8; at < end; at += bytes.readUInt32BE(at)) {
        boxes.push(Buffer.from(bytes.subarray(at, at + bytes.readUInt32BE(at))));
    }
    const isTags = (box) => box.toString('latin1', 4, 8) === 'udta';
    Buffer.concat([...boxes.filter(isTags), ...boxes.filter((box) => !isTags(box))]).copy(bytes, moov + 8);
    writeFileSync(file, bytes);
}
/** What `run` rejects or throws with; fails if it does not. */
export async function errorOf(run) {
    try {
        await run();
    }
    catch (error) {
        return error;
    }
    throw new Error('expected an error, and there was none');
}
/** Runs `action` with environment variables changed (undefined: unset), and puts them back. */
export async function withEnvironment(changes, action) {
    const before = Object.fromEntries(Object.keys(changes).map((name) => [name, process.env[name]]));
    const apply = (values) => {
        for (const [name, value] of Object.entries(values)) {
            if (value === undefined)
                delete process.env[name];
            else
                process.env[name] = value;
        }
    };
    apply(changes);
    try {
        return await action();
    }
    finally {
        apply(before);
    }
}
//# sourceMappingURL=helpers.js.map