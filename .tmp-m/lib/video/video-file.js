import { stat } from 'node:fs/promises';
import { MstaError } from '../runtime/errors.js';
/**
 * Makes sure that `file` names an existing, regular, non-empty file, before ffmpeg is started on it: a pipe or a
 * device could keep ffmpeg waiting for ever.
 * @throws MstaError ERR_ARGUMENT (not a usable name), ERR_FILE (missing, unreadable, not a file), ERR_VIDEO (empty).
 */
export async function checkVideoFile(file) {
    if (typeof file !== 'string' || file === '' || file.includes('\0')) {
        throw new MstaError('ERR_ARGUMENT', `A video must be given as a file name, not ${JSON.stringify(file)}.`);
    }
    let size;
    try {
        const info = await stat(file);
        if (!info.isFile()) {
            throw new MstaError('ERR_FILE', `${file} is not a regular file. Give the path of a video file.`, {
                file,
            });
        }
        size = info.size;
    }
    catch (error) {
        if (error instanceof MstaError)
            throw error;
        const { code } = error;
        const what = code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : `cannot be read (${code})`;
        throw new MstaError('ERR_FILE', `${file} ${what}. Check the path.`, { file, cause: error });
    }
    if (size === 0) {
        throw new MstaError('ERR_VIDEO', `${file} is empty (0 bytes). Download or copy it again.`, { file });
    }
}
//# sourceMappingURL=video-file.js.map