import { MstaError } from '../../lib/runtime/errors.js';
/** For `assert.throws` and {@link rejection}: an MstaError of this code whose message holds every one of `parts`. */
export function hasCode(code, ...parts) {
    return (error) => {
        if (!(error instanceof MstaError))
            throw error;
        const missing = parts.find((part) => !error.message.includes(part));
        if (error.code === code && missing === undefined)
            return true;
        throw new Error(`expected ${code} mentioning ${parts.join(', ')}; got ${error.code}: ${error.message}`);
    };
}
/** What `promise` rejects with; throws when it does not reject. */
export async function rejection(promise) {
    try {
        await promise;
    }
    catch (error) {
        return error;
    }
    throw new Error('expected a rejection');
}
//# sourceMappingURL=errors.js.map