import { record } from '../record.js';
import { shapeError } from '../shape.js';
import { expectDType, Tensor } from '../tensor.js';
/**
 * table[ids] + position.
 *
 * @param ids [batch, length], int32
 * @param table [vocabulary, width]
 * @param position [context >= length, width]
 * @returns [batch, length, width], float32 unless `dtype` says otherwise
 * @throws MstaError ERR_SHAPE; an id outside the vocabulary fails when it runs
 */
export function tokenEmbed(ids, table, position, dtype = 'float32') {
    const [batch, length] = ids.shape;
    const [vocabulary = 0, width = 0] = table.shape;
    const [context = 0] = position.shape;
    if (ids.shape.length !== 2 || context < length || position.shape[1] !== width)
        throw shapeError('token_embed', 'expected ids [batch, length], table [vocabulary, width], position [>= length, width]', {
            ids: ids.shape,
            table: table.shape,
            position: position.shape,
        });
    expectDType('token_embed', 'ids', ids, 'int32');
    const out = Tensor.empty(ids.device, [batch, length, width], dtype);
    ids.device.launch('token_embed_forward', { ids, table, position, out }, [batch, length, vocabulary, width]);
    record('token_embed', [table, position], [out], { ids }, (saved, [grad], needed) => {
        const gradTable = needed[0] ? Tensor.empty(ids.device, table.shape) : null;
        const gradPosition = needed[1] ? Tensor.empty(ids.device, position.shape) : null;
        ids.device.launch('token_embed_backward', { grad, ids: saved.ids, gradTable, gradPosition }, [
            batch,
            length,
            vocabulary,
            width,
            context,
        ]);
        return [gradTable, gradPosition];
    });
    return out;
}
//# sourceMappingURL=token-embed.js.map