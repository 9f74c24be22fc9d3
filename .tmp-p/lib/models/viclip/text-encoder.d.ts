import { type ParameterScope } from '../../nn/parameters.js';
import { type AdapterLookup, Transformer } from '../../nn/transformer.js';
import type { DType } from '../../runtime/binding.js';
import type { Device } from '../../runtime/device.js';
import { type Embeddings, type Ids } from '../../tensor/shape.js';
import { Tensor } from '../../tensor/tensor.js';
import type { ViClipConfig } from './sizes.js';
/** Token ids of some texts, [batch, length], padded behind the end token. */
export interface TokenIds {
    data: ArrayLike<number>;
    shape: Ids;
}
/** ViCLIP's text encoder: causal attention, read at the end token (SPEC section 1). */
export declare class TextEncoder {
    private readonly device;
    private readonly table;
    private readonly position;
    private readonly lnFinal;
    private readonly projection;
    readonly transformer: Transformer;
    constructor(parameters: ParameterScope, device: Device, { text, embedDim }: ViClipConfig, dtype: DType);
    /**
     * @param ids the end token is the highest id of a row, at its first occurrence
     * @returns [batch, embedDim], float32, before L2 normalisation
     * @throws MstaError ERR_SHAPE when the ids do not fit the context; an id outside the vocabulary fails when it runs
     */
    forward(ids: TokenIds, adapters?: AdapterLookup): Tensor<Embeddings>;
}
