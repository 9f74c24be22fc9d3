import { fromBfloat16, toBfloat16 } from '../formats/half.js';
import { DTYPE_BYTES } from '../runtime/binding.js';
import { MstaError } from '../runtime/errors.js';
import { track, untrack } from './scope.js';
import { checkShape, sameShape, shapeError, sizeOf } from './shape.js';
/** Device memory with its number of users; goes back to the allocator when the last one lets go. */
class Storage {
    buffer;
    users = 1;
    constructor(buffer) {
        this.buffer = buffer;
    }
    release() {
        if (--this.users === 0)
            this.buffer.free();
    }
}
let nextId = 1;
/**
 * A dense row-major array on a device. Operations on tensors enqueue work and return at once; only {@link data}
 * waits. Memory is held until `dispose()`, the end of the enclosing {@link scope}, or `using` leaves its block.
 */
export class Tensor {
    device;
    shape;
    dtype;
    id = nextId++;
    /** Whether a tape follows this tensor; set on parameters to train them. */
    requiresGrad = false;
    storage;
    constructor(device, shape, dtype, storage) {
        this.device = device;
        this.shape = shape;
        this.dtype = dtype;
        this.storage = storage;
        track(this);
    }
    /** Uninitialised memory. @throws MstaError ERR_OUT_OF_MEMORY, ERR_SHAPE */
    static empty(device, shape, dtype = 'float32') {
        checkShape(shape);
        const buffer = device.allocate(Math.max(1, sizeOf(shape) * DTYPE_BYTES[dtype]));
        return new Tensor(device, shape, dtype, new Storage(buffer));
    }
    /** A copy of `data` on the device, rounded to `dtype`. @throws MstaError ERR_SHAPE when the sizes differ */
    static from(device, data, shape, dtype = 'float32') {
        if (data.length !== sizeOf(shape))
            throw shapeError('tensor', `${data.length} values do not fill the shape`, { shape });
        const tensor = Tensor.empty(device, shape, dtype);
        if (data.length > 0)
            device.upload(tensor.buffer, hostArray(data, dtype));
        return tensor;
    }
    /** Number of elements. */
    get size() {
        return sizeOf(this.shape);
    }
    get bytes() {
        return this.size * DTYPE_BYTES[this.dtype];
    }
    get buffer() {
        if (!this.storage)
            throw new MstaError('ERR_DISPOSED', `A tensor [${this.shape.join(', ')}] is used after dispose()`);
        return this.storage.buffer;
    }
    byteOffset = 0;
    /** Whether no other tensor shares this one's memory. */
    get isSoleUser() {
        return this.storage?.users === 1;
    }
    get isDisposed() {
        return this.storage === undefined;
    }
    /** Another handle on the same memory, outside every scope; to be disposed by its owner. */
    share(shape = this.shape) {
        const { buffer } = this;
        if (!buffer || sizeOf(shape) !== this.size)
            throw shapeError('reshape', 'sizes differ', { from: this.shape, to: shape });
        this.storage.users++;
        const handle = new Tensor(this.device, shape, this.dtype, this.storage);
        untrack(handle);
        return handle;
    }
    /** The values, once all work they depend on is done. uint8 and int32 values are exact as float32 up to 2^24. */
    async data() {
        const raw = await this.rawData();
        if (this.dtype === 'float32')
            return new Float32Array(raw);
        if (this.dtype === 'bfloat16')
            return fromBfloat16(new Uint16Array(raw));
        return Float32Array.from(this.dtype === 'int32' ? new Int32Array(raw) : new Uint8Array(raw));
    }
    /** The stored bytes, once all work they depend on is done. */
    rawData() {
        return this.device.download(this, this.bytes);
    }
    /** Overwrites the values. @throws MstaError ERR_SHAPE when the sizes differ */
    set(data) {
        if (data.length !== this.size)
            throw shapeError('set', `${data.length} values do not fill the shape`, { shape: this.shape });
        if (data.length > 0)
            this.device.upload(this.buffer, hostArray(data, this.dtype));
    }
    /** Keeps this tensor beyond the enclosing scope. */
    keep() {
        untrack(this);
        return this;
    }
    /** Gives the memory back; safe to call twice, and while work that uses it is still queued. */
    dispose() {
        this.storage?.release();
        this.storage = undefined;
        untrack(this);
    }
    [Symbol.dispose]() {
        this.dispose();
    }
}
function hostArray(data, dtype) {
    switch (dtype) {
        case 'float32':
            return data instanceof Float32Array ? data : Float32Array.from(data);
        case 'bfloat16':
            return toBfloat16(data instanceof Float32Array ? data : Float32Array.from(data));
        case 'uint8':
            return data instanceof Uint8Array ? data : Uint8Array.from(data);
        case 'int32':
            return data instanceof Int32Array ? data : Int32Array.from(data);
    }
}
/** @throws MstaError ERR_SHAPE unless the tensor has that shape */
export function expectShape(op, name, tensor, shape) {
    if (tensor && !sameShape(tensor.shape, shape))
        throw shapeError(op, `expected ${name} [${shape.join(', ')}] but it has`, { [name]: tensor.shape });
}
/** @throws MstaError ERR_DTYPE unless the tensor has that storage type */
export function expectDType(op, name, tensor, dtype) {
    if (tensor.dtype === dtype)
        return;
    const message = `[${op}] expected ${name} of type ${dtype} but it is ${tensor.dtype}`;
    throw new MstaError('ERR_DTYPE', message, { op, shapes: { [name]: tensor.shape } });
}
//# sourceMappingURL=tensor.js.map