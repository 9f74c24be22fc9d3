import { MstaError } from '../runtime/errors.js';
import { sameShape } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
/** Named tensors that live until the store is disposed: a state dict on a device. */
export class ParameterStore {
    tensors;
    constructor(tensors) {
        this.tensors = tensors;
    }
    /** Uninitialised parameters of the given names and shapes. @throws MstaError ERR_OUT_OF_MEMORY */
    static create(device, shapes, dtype = 'float32') {
        const store = new ParameterStore(new Map());
        try {
            for (const [name, shape] of shapes)
                store.tensors.set(name, Tensor.empty(device, shape, dtype).keep());
        }
        catch (error) {
            store.dispose();
            throw error;
        }
        return store;
    }
    /** @throws MstaError ERR_CHECKPOINT when there is none of that name or its shape differs from `shape` */
    get(name, shape) {
        const tensor = this.tensors.get(name);
        if (!tensor)
            throw new MstaError('ERR_CHECKPOINT', `There is no parameter "${name}"`);
        if (shape && !sameShape(tensor.shape, shape))
            throw new MstaError('ERR_CHECKPOINT', `Parameter "${name}" is [${tensor.shape}] where [${shape}] is expected`, {
                shapes: { [name]: tensor.shape, expected: shape },
            });
        return tensor;
    }
    has(name) {
        return this.tensors.has(name);
    }
    /** All parameters in order of creation. */
    entries() {
        return this.tensors.entries();
    }
    /** Number of values. */
    get count() {
        let total = 0;
        for (const tensor of this.tensors.values())
            total += tensor.size;
        return total;
    }
    /** Looks names up under a prefix, as modules do. */
    within(prefix) {
        return (name, shape) => this.get(`${prefix}.${name}`, shape);
    }
    /** Makes the named parameters (all, unless a filter says otherwise) trainable or frozen. */
    setTrainable(trainable, filter = () => true) {
        for (const [name, tensor] of this.tensors)
            if (filter(name))
                tensor.requiresGrad = trainable;
    }
    /** Copies of all values. */
    async values() {
        const entries = [...this.tensors].map(async ([name, tensor]) => {
            return [name, { shape: tensor.shape, data: await tensor.data() }];
        });
        return new Map(await Promise.all(entries));
    }
    /** Overwrites parameters by name. @throws MstaError ERR_CHECKPOINT for an unknown name, ERR_SHAPE for a wrong size */
    assign(values) {
        for (const [name, data] of values)
            this.get(name).set(data);
    }
    dispose() {
        for (const tensor of this.tensors.values())
            tensor.dispose();
        this.tensors.clear();
    }
}
/** Prefixes names. */
export const subScope = (scope, prefix) => (name, shape) => scope(`${prefix}.${name}`, shape);
//# sourceMappingURL=parameters.js.map