let current;
/** Notes a new tensor in the innermost scope, if there is one. */
export function track(value) {
    current?.add(value);
}
/** Takes a tensor out of the innermost scope: it will live until it is disposed. */
export function untrack(value) {
    current?.delete(value);
}
function eachTensor(value, found) {
    if (typeof value !== 'object' || value === null)
        return;
    if (typeof value.dispose === 'function')
        found(value);
    else if (Array.isArray(value))
        for (const item of value)
            eachTensor(item, found);
    else if (value instanceof Map)
        for (const item of value.values())
            eachTensor(item, found);
    else if (Object.getPrototypeOf(value) === Object.prototype)
        for (const item of Object.values(value))
            eachTensor(item, found);
}
/**
 * Runs a synchronous function and disposes the tensors made in it, except those it returns (alone, or in arrays,
 * maps and plain objects), which pass to the enclosing scope.
 */
export function scope(body) {
    const outer = current;
    const own = new Set();
    current = own;
    let result;
    try {
        result = body();
    }
    catch (error) {
        for (const tensor of own)
            tensor.dispose();
        throw error;
    }
    finally {
        current = outer;
    }
    eachTensor(result, (tensor) => {
        if (own.delete(tensor))
            outer?.add(tensor);
    });
    for (const tensor of own)
        tensor.dispose();
    return result;
}
//# sourceMappingURL=scope.js.map