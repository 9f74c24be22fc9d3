import { isTracked, record } from '../record.js';
import { shapeError } from '../shape.js';
import { Tensor } from '../tensor.js';
/**
 * Multi-head attention, softmax(q k^T / sqrt(head dim)) v; never materialises an N x N matrix.
 *
 * @param qkv [batch, tokens, 3 * width], q | k | v
 * @returns [batch, tokens, width], or [batch, 1, width] with `firstQueryOnly`
 * @throws MstaError ERR_SHAPE
 */
export function attention(qkv, { heads, causal, firstQueryOnly }) {
    const [batch, tokens, packed] = qkv.shape;
    if (qkv.shape.length !== 3 || packed % (3 * heads) !== 0)
        throw shapeError('attention', `expected qkv [batch, tokens, 3 * width], width divisible by ${heads} heads`, {
            qkv: qkv.shape,
        });
    const width = packed / 3;
    const queries = firstQueryOnly ? Math.min(1, tokens) : tokens;
    const out = Tensor.empty(qkv.device, [batch, queries, width], qkv.dtype);
    const logsumexp = isTracked(qkv) ? Tensor.empty(qkv.device, [batch, heads, queries]) : null;
    const numbers = [batch, tokens, heads, width / heads, causal ? 1 : 0, firstQueryOnly ? 1 : 0];
    qkv.device.launch('attention_forward', { qkv, out, logsumexp }, numbers);
    record('attention', [qkv], [out], { qkv, out, logsumexp }, (saved, [grad]) => {
        const gradQkv = Tensor.empty(qkv.device, qkv.shape, qkv.dtype);
        qkv.device.launch('attention_backward', { grad, qkv: saved.qkv, out: saved.out, logsumexp: saved.logsumexp, gradQkv }, numbers);
        return [gradQkv];
    });
    logsumexp?.dispose();
    return out;
}
//# sourceMappingURL=attention.js.map