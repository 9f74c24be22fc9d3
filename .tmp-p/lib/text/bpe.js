import { BYTE_TOKENS, pairKey } from './vocabulary.js';
/** A binary heap of numbers, the smallest first. */
class Heap {
    #items = [];
    get size() {
        return this.#items.length;
    }
    push(value) {
        const items = this.#items;
        let at = items.length;
        items.push(value);
        while (at > 0) {
            const parent = (at - 1) >> 1;
            if (items[parent] <= value)
                break;
            items[at] = items[parent];
            at = parent;
        }
        items[at] = value;
    }
    pop() {
        const items = this.#items;
        const top = items[0];
        const last = items.pop();
        if (items.length === 0)
            return top;
        let at = 0;
        for (;;) {
            let child = 2 * at + 1;
            if (child >= items.length)
                break;
            if (child + 1 < items.length && items[child + 1] < items[child])
                child++;
            if (items[child] >= last)
                break;
            items[at] = items[child];
            at = child;
        }
        items[at] = last;
        return top;
    }
}
const GONE = 0xffff;
/**
 * Ids of one word, given as its UTF-8 bytes: the strongest merge first, leftmost first, until none applies.
 * Takes O(n log n) for n bytes, where the textbook loop takes O(n^2) on hostile words.
 */
export function mergeWord(vocabulary, word) {
    const { byteIds, merged } = vocabulary;
    const length = word.length;
    const ids = Array.from(word, (byte) => byteIds[byte]);
    if (length > 0)
        ids[length - 1] += BYTE_TOKENS;
    const next = Int32Array.from(ids, (_id, i) => i + 1);
    const previous = Int32Array.from(ids, (_id, i) => i - 1);
    // An entry packs (id after the merge, position of its left part): ids order merges as ranks do.
    const candidates = new Heap();
    const consider = (left, right) => {
        const id = merged.get(pairKey(ids[left], ids[right]));
        if (id !== undefined)
            candidates.push(id * length + left);
    };
    for (let i = 0; i + 1 < length; i++)
        consider(i, i + 1);
    while (candidates.size > 0) {
        const candidate = candidates.pop();
        const left = candidate % length;
        const id = (candidate - left) / length;
        const right = next[left];
        // Entries of pairs that a stronger merge took apart are still in the heap.
        if (right >= length || ids[left] === GONE || merged.get(pairKey(ids[left], ids[right])) !== id)
            continue;
        ids[left] = id;
        ids[right] = GONE;
        const after = next[right];
        next[left] = after;
        if (after < length) {
            previous[after] = left;
            consider(left, after);
        }
        if (previous[left] >= 0)
            consider(previous[left], left);
    }
    return ids.filter((id) => id !== GONE);
}
//# sourceMappingURL=bpe.js.map