// A string, or one of the characters that give JSON its structure.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;
/**
 * The first key that occurs twice in one object of a valid JSON text, which `JSON.parse` would silently overwrite;
 * undefined when there is none.
 */
export function findDuplicateKey(json) {
    const objects = [];
    let text;
    for (const [token] of json.matchAll(TOKEN)) {
        if (token === '{')
            objects.push(new Set());
        else if (token === '[')
            objects.push(undefined);
        else if (token === '}' || token === ']')
            objects.pop();
        else if (token === ':') {
            const key = JSON.parse(text ?? '""');
            const seen = objects.at(-1);
            if (seen?.has(key))
                return key;
            seen?.add(key);
        }
        text = token;
    }
    return undefined;
}
/** Whether a parsed JSON value is an object, neither null nor a list. */
export function isJsonObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
//# sourceMappingURL=json.js.map