import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { MstaError } from '../runtime/errors.js';
import { toBfloat16, toFloat16 } from './half.js';
import { DTYPE_BYTES, METADATA_KEY, PREFIX_BYTES, quoteName, } from './safetensors-header.js';
const ARRAY_TYPES = {
    F64: ['Float64Array'],
    I64: ['BigInt64Array'],
    U64: ['BigUint64Array'],
    F32: ['Float32Array'],
    I32: ['Int32Array'],
    U32: ['Uint32Array'],
    F16: ['Uint16Array', 'Float32Array'],
    BF16: ['Uint16Array', 'Float32Array'],
    I16: ['Int16Array'],
    U16: ['Uint16Array'],
    I8: ['Int8Array'],
    U8: ['Uint8Array', 'Buffer'],
    BOOL: ['Uint8Array', 'Buffer'],
    F8_E4M3: ['Uint8Array', 'Buffer'],
    F8_E5M2: ['Uint8Array', 'Buffer'],
};
const CHUNK = 1 << 26;
const ALIGNMENT = 8;
function argumentError(what) {
    return new MstaError('ERR_ARGUMENT', `Cannot write safetensors: ${what}.`);
}
function elementCount(name, shape) {
    if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
        throw argumentError(`tensor ${quoteName(name)} has the shape [${shape}], which is not of non-negative integers`);
    }
    return shape.reduce((product, size) => product * size, 1);
}
function checkTensor(name, { dtype, shape }) {
    if (name === METADATA_KEY || name.split('.').includes('__proto__')) {
        throw argumentError(`${quoteName(name)} is not allowed as a tensor's name`);
    }
    if (!Object.hasOwn(DTYPE_BYTES, dtype))
        throw argumentError(`tensor ${quoteName(name)} has the unknown type ${dtype}`);
    return elementCount(name, shape) * DTYPE_BYTES[dtype];
}
function checkMetadata(metadata) {
    for (const [key, value] of Object.entries(metadata)) {
        if (typeof value !== 'string')
            throw argumentError(`metadata ${quoteName(key)} is not a string`);
    }
}
/** The header with its length before it, padded with spaces so that the data start at a multiple of eight bytes. */
function encodeHeader(ordered, metadata) {
    let end = 0;
    const described = ordered.map(([name, tensor]) => {
        const begin = end;
        end += checkTensor(name, tensor);
        if (!Number.isSafeInteger(end))
            throw argumentError(`tensor ${quoteName(name)} is too large`);
        return [name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] }];
    });
    described.sort(([a], [b]) => compareNames(a, b));
    if (Object.keys(metadata).length > 0)
        described.unshift([METADATA_KEY, metadata]);
    const fields = described.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    const json = Buffer.from(`{${fields.join(',')}}`);
    const padding = (ALIGNMENT - (json.length % ALIGNMENT)) % ALIGNMENT;
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeBigUInt64LE(BigInt(json.length + padding));
    return Buffer.concat([prefix, json, Buffer.alloc(padding, ' ')]);
}
function compareNames(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
}
function toBytes(name, tensor, data) {
    const { dtype, shape } = tensor;
    const allowed = ARRAY_TYPES[dtype];
    if (!allowed.includes(data?.constructor?.name)) {
        throw argumentError(`tensor ${quoteName(name)} of type ${dtype} takes ${allowed.join(' or ')}`);
    }
    const count = elementCount(name, shape);
    if (data.length !== count) {
        throw argumentError(`tensor ${quoteName(name)} of shape [${shape}] takes ${count} values, got ${data.length}`);
    }
    const stored = data instanceof Float32Array && dtype === 'F16'
        ? toFloat16(data)
        : data instanceof Float32Array && dtype === 'BF16'
            ? toBfloat16(data)
            : data;
    return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
async function writeBytes(handle, bytes) {
    let done = 0;
    while (done < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, done, Math.min(CHUNK, bytes.length - done));
        done += bytesWritten;
    }
}
async function syncFolder(folder) {
    // Makes the rename durable; some file systems refuse to open folders, and then there is nothing to do.
    const handle = await open(folder, 'r').catch(() => undefined);
    await handle?.sync().catch(() => undefined);
    await handle?.close();
}
/**
 * Writes a safetensors file: first to a temporary file beside it, which then takes its place, so that `file` is
 * either the old one or the whole new one. The header's keys are sorted by name; the data are ordered by element
 * size, then name, and start at a multiple of eight bytes, so that every tensor is aligned.
 * Throws ERR_ARGUMENT for a tensor whose type, shape and data disagree, ERR_FILE when writing fails.
 */
export async function writeSafetensors(file, tensors, metadata = {}, options = {}) {
    checkMetadata(metadata);
    const entries = tensors instanceof Map ? [...tensors] : Object.entries(tensors);
    const ordered = entries.sort(([a, one], [b, other]) => DTYPE_BYTES[other.dtype] - DTYPE_BYTES[one.dtype] || compareNames(a, b));
    const header = encodeHeader(ordered, metadata);
    const folder = path.dirname(file);
    const temporary = path.join(folder, `.${path.basename(file)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`);
    let handle;
    try {
        handle = await open(temporary, 'wx');
        await writeBytes(handle, header);
        for (const [name, tensor] of ordered) {
            options.signal?.throwIfAborted();
            const data = typeof tensor.data === 'function' ? await tensor.data() : tensor.data;
            await writeBytes(handle, toBytes(name, tensor, data));
        }
        await handle.sync();
        await handle.close();
        handle = undefined;
        await rename(temporary, file);
    }
    catch (cause) {
        await handle?.close().catch(() => undefined);
        await rm(temporary, { force: true }).catch(() => undefined);
        if (cause instanceof MstaError || options.signal?.aborted)
            throw cause;
        const remedy = 'Check the folder, its permissions and the free space.';
        const message = `${file}: cannot write the file (${cause.message}). ${remedy}`;
        throw new MstaError('ERR_FILE', message, { file, cause });
    }
    await syncFolder(folder);
}
//# sourceMappingURL=safetensors-writer.js.map