/**
 * Makes sure that `file` names an existing, regular, non-empty file, before ffmpeg is started on it: a pipe or a
 * device could keep ffmpeg waiting for ever.
 * @throws MstaError ERR_ARGUMENT (not a usable name), ERR_FILE (missing, unreadable, not a file), ERR_VIDEO (empty).
 */
export declare function checkVideoFile(file: string): Promise<void>;
