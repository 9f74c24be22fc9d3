import { open, stat } from 'node:fs/promises';
import { MstaError } from '../runtime/errors.js';
import { fromBfloat16, fromFloat16 } from './half.js';
import { PREFIX_BYTES, parseHeader, parseHeaderLength, quoteName, } from './safetensors-header.js';
// One read of the file system takes less than 2 GiB.
const CHUNK = 1 << 28;
function fileError(file, cause) {
    if (cause instanceof MstaError)
        return cause;
    const reason = cause.message;
    return new MstaError('ERR_FILE', `${file}: cannot read the file (${reason}). Check the path.`, {
        file,
        cause,
    });
}
async function withFile(file, use) {
    let handle;
    try {
        // Before opening: opening a pipe would wait for a writer.
        if (!(await stat(file)).isFile())
            throw new Error('not a regular file');
        handle = await open(file, 'r');
        return await use(handle, (await handle.stat()).size);
    }
    catch (cause) {
        throw fileError(file, cause);
    }
    finally {
        await handle?.close();
    }
}
async function readBytes(handle, offset, length, what) {
    const buffer = new ArrayBuffer(length);
    let done = 0;
    while (done < length) {
        const view = new Uint8Array(buffer, done, Math.min(CHUNK, length - done));
        const { bytesRead } = await handle.read(view, 0, view.length, offset + done);
        if (bytesRead === 0)
            throw new Error(`ended while reading ${what}; it changed meanwhile`);
        done += bytesRead;
    }
    return buffer;
}
/** Reads and checks the header of a safetensors file. Throws ERR_FILE when unreadable, ERR_FORMAT when invalid. */
export async function readHeader(path) {
    return withFile(path, async (handle, size) => {
        const prefix = new Uint8Array(await readBytes(handle, 0, Math.min(PREFIX_BYTES, size), 'the header'));
        const length = parseHeaderLength(path, prefix, size);
        return parseHeader(path, new Uint8Array(await readBytes(handle, PREFIX_BYTES, length, 'the header')), size);
    });
}
function entryOf(file, name) {
    const entry = file.tensors.get(name);
    if (entry !== undefined)
        return entry;
    const some = [...file.tensors.keys()].slice(0, 5).map(quoteName).join(', ');
    throw new MstaError('ERR_FORMAT', `${file.path}: has no tensor ${quoteName(name)}; it starts with ${some || 'none'}.`, {
        file: file.path,
    });
}
/** Float32 values of a floating-point entry's bytes; undefined for an entry of another type. */
function toFloats(entry, buffer) {
    switch (entry.dtype) {
        case 'F32':
            return new Float32Array(buffer);
        case 'F64':
            return Float32Array.from(new Float64Array(buffer));
        case 'F16':
            return fromFloat16(new Uint16Array(buffer));
        case 'BF16':
            return fromBfloat16(new Uint16Array(buffer));
        default:
            return undefined;
    }
}
/** Int32 values of an integer entry's bytes; undefined for an entry of another type. */
function toIntegers(file, name, entry, buffer) {
    switch (entry.dtype) {
        case 'I32':
            return new Int32Array(buffer);
        case 'I64':
            return narrow(file, name, new BigInt64Array(buffer));
        case 'U64':
            return narrow(file, name, new BigUint64Array(buffer));
        case 'U32':
            return narrow(file, name, new Uint32Array(buffer));
        case 'I16':
            return Int32Array.from(new Int16Array(buffer));
        case 'U16':
            return Int32Array.from(new Uint16Array(buffer));
        case 'I8':
            return Int32Array.from(new Int8Array(buffer));
        case 'U8':
        case 'BOOL':
            return Int32Array.from(new Uint8Array(buffer));
        default:
            return undefined;
    }
}
function narrow(file, name, wide) {
    const values = new Int32Array(wide.length);
    for (let i = 0; i < wide.length; i++) {
        const value = Number(wide[i]);
        if (value > 0x7fffffff || value < -0x80000000) {
            const what = `holds ${wide[i]} at index ${i}, beyond 32-bit integers`;
            throw new MstaError('ERR_FORMAT', `${file}: tensor ${quoteName(name)} ${what}.`, { file });
        }
        values[i] = value;
    }
    return values;
}
function typeError(file, name, entry, wanted) {
    const message = `${file.path}: tensor ${quoteName(name)} is ${entry.dtype} where ${wanted} are expected.`;
    return new MstaError('ERR_FORMAT', message, { file: file.path });
}
async function readEntry(file, name) {
    const entry = entryOf(file, name);
    const what = `tensor ${quoteName(name)}`;
    const buffer = await withFile(file.path, (handle) => readBytes(handle, entry.offset, entry.bytes, what));
    return { entry, buffer };
}
/**
 * One tensor's values in row-major order, F16, BF16 and F64 converted to float32.
 * Throws ERR_FORMAT when there is none of that name or it is not floating-point, ERR_FILE when it cannot be read.
 */
export async function readTensor(file, name) {
    const { entry, buffer } = await readEntry(file, name);
    const values = toFloats(entry, buffer);
    if (values === undefined)
        throw typeError(file, name, entry, 'floating-point numbers');
    return values;
}
/** As {@link readTensor} for integers (and BOOL); values beyond 32 bits are ERR_FORMAT. */
export async function readIntTensor(file, name) {
    const { entry, buffer } = await readEntry(file, name);
    const values = toIntegers(file.path, name, entry, buffer);
    if (values === undefined)
        throw typeError(file, name, entry, 'integers');
    return values;
}
function convert(file, name, entry, buffer) {
    if (entry.dtype === 'U8' || entry.dtype === 'BOOL')
        return new Uint8Array(buffer);
    if (entry.dtype === 'I8')
        return new Int8Array(buffer);
    const values = toFloats(entry, buffer) ?? toIntegers(file.path, name, entry, buffer);
    if (values === undefined)
        throw typeError(file, name, entry, 'types of 16 bits or more');
    return values;
}
/** Reads a file's tensors into memory, in the order of the header. Errors as {@link readHeader}, {@link readTensor}. */
export async function readAll(path, options = {}) {
    options.signal?.throwIfAborted();
    const file = await readHeader(path);
    const tensors = new Map();
    for (const [name, entry] of file.tensors) {
        if (options.select?.(name) === false)
            continue;
        options.signal?.throwIfAborted();
        const { buffer } = await readEntry(file, name);
        tensors.set(name, { dtype: entry.dtype, shape: entry.shape, data: convert(file, name, entry, buffer) });
    }
    return { metadata: file.metadata, tensors };
}
//# sourceMappingURL=safetensors-reader.js.map