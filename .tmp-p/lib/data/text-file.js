import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { MstaError } from '../runtime/errors.js';
/**
 * Reads a UTF-8 text file, without a byte order mark.
 * @throws MstaError ERR_FILE naming the file; the signal's reason on abort.
 */
export async function readTextFile(file, what, signal) {
    signal?.throwIfAborted();
    try {
        const bytes = await readFile(file, { signal });
        const text = new TextDecoder('utf-8').decode(bytes);
        return { text, sha256: createHash('sha256').update(bytes).digest('hex') };
    }
    catch (error) {
        signal?.throwIfAborted();
        const { code, message } = error;
        const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? message})`;
        throw new MstaError('ERR_FILE', `The ${what} ${file} ${reason}. Check the path.`, { file, cause: error });
    }
}
//# sourceMappingURL=text-file.js.map