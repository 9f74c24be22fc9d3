import { HTML_ENTITIES } from './html-entity-table.js';
let table;
function entityTable() {
    if (table !== undefined)
        return table;
    const named = new Map();
    const bare = new Set();
    for (const item of HTML_ENTITIES.trim().split(/\s+/)) {
        const [key = '', codes = ''] = item.split('=');
        const name = key.replace('!', '');
        if (key !== name)
            bare.add(name);
        named.set(name, String.fromCodePoint(...codes.split(',').map((code) => Number.parseInt(code, 16))));
    }
    table = { named, bare };
    return table;
}
const CHARACTER_REFERENCE = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/gu;
const STRICT_REFERENCE = /&(#?[0-9A-Za-z]{1,24});/g;
const REPLACEMENT = '\ufffd';
// Not TextDecoder: Node 20's reads these bytes as Latin-1.
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
/** The character that C1 code `code` (0x80-0x9f) stands for in Windows-1252, as browsers read it. */
export function decodeC1(code) {
    return WINDOWS_1252.charAt(code - 0x80);
}
function isNonCharacter(code) {
    const control = (code >= 0x1 && code <= 0x8) || (code >= 0xe && code <= 0x1f) || code === 0x7f || code === 0xb;
    return control || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
}
function numericReference(reference) {
    const digits = reference.replace(';', '').slice(1);
    const code = /^x/i.test(digits) ? Number.parseInt(digits.slice(1), 16) : Number.parseInt(digits, 10);
    if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return REPLACEMENT;
    if (code >= 0x80 && code <= 0x9f)
        return decodeC1(code);
    return isNonCharacter(code) ? '' : String.fromCodePoint(code);
}
function namedReference(reference) {
    const { named, bare } = entityTable();
    if (reference.endsWith(';')) {
        const exact = named.get(reference.slice(0, -1));
        if (exact !== undefined)
            return exact;
    }
    // HTML reads the longest known prefix of what follows the ampersand: "&notit;" is "¬it;".
    for (let end = reference.length; end > 1; end--) {
        const prefix = reference.slice(0, end);
        if (bare.has(prefix))
            return named.get(prefix) + reference.slice(end);
    }
    return `&${reference}`;
}
/** Replaces HTML character references once, with HTML 5's rules, as Python's `html.unescape` does. */
export function unescapeHtml(text) {
    if (!text.includes('&'))
        return text;
    return text.replace(CHARACTER_REFERENCE, (_match, reference) => reference.startsWith('#') ? numericReference(reference) : namedReference(reference));
}
function upperCasedEntity(name) {
    if (name !== name.toUpperCase())
        return undefined;
    const lower = entityTable().named.get(name.toLowerCase());
    // "&AMP" is a reference of its own; only upper-cased names that HTML does not know are taken for lower-cased ones.
    return lower === undefined || namedReference(`${name};`) !== `&${name};` ? undefined : lower.toUpperCase();
}
/**
 * Replaces only the unambiguous references, those ending in a semicolon (also with upper-cased names, `&EACUTE;`),
 * as ftfy's `unescape_html` does.
 */
export function unescapeStrictHtml(text) {
    if (!text.includes('&'))
        return text;
    return text.replace(STRICT_REFERENCE, (match, reference) => {
        if (!reference.startsWith('#')) {
            return entityTable().named.get(reference) ?? upperCasedEntity(reference) ?? match;
        }
        return /^#(\d+|[xX][0-9a-fA-F]+)$/.test(reference) ? numericReference(reference) : match;
    });
}
//# sourceMappingURL=html-entities.js.map