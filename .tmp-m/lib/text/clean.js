import { decodeC1, unescapeHtml, unescapeStrictHtml } from './html-entities.js';
// Each pass of ftfy undoes one level of HTML escaping; hostile text could ask for thousands.
const MOST_PASSES = 8;
const LIGATURES = {
    Ĳ: 'IJ',
    ĳ: 'ij',
    ŉ: 'ʼn',
    Ǳ: 'DZ',
    ǲ: 'Dz',
    ǳ: 'dz',
    Ǆ: 'DŽ',
    ǅ: 'Dž',
    ǆ: 'dž',
    Ǉ: 'LJ',
    ǈ: 'Lj',
    ǉ: 'lj',
    Ǌ: 'NJ',
    ǋ: 'Nj',
    ǌ: 'nj',
    ﬀ: 'ff',
    ﬁ: 'fi',
    ﬂ: 'fl',
    ﬃ: 'ffi',
    ﬄ: 'ffl',
    ﬅ: 'ſt',
    ﬆ: 'st',
};
const LIGATURE = new RegExp(`[${Object.keys(LIGATURES).join('')}]`, 'g');
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing control characters is the point
const CONTROLS = /[\x00-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escapes start with ESC
const TERMINAL_ESCAPE = /\x1b\[[\d;]*[a-zA-Z]/g;
const C1_CONTROLS = /[\x80-\x9f]/g;
const HALF_OR_FULL_WIDTH = /[\uff01-\uffef]/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const PLAIN = /^[\t\n\r\x20-\x7e]*$/;
function fixCharacters(text) {
    return text
        .replace(C1_CONTROLS, (character) => decodeC1(character.charCodeAt(0)))
        .replace(LIGATURE, (ligature) => LIGATURES[ligature])
        .replace(/\u3000/g, ' ')
        .replace(HALF_OR_FULL_WIDTH, (character) => character.normalize('NFKC'))
        .replace(/[\u201c-\u201f]/g, '"')
        .replace(/[\u02bc\u2018-\u201b]/g, "'")
        .replace(/[\u0085\u2028\u2029]/g, '\n')
        .replace(LONE_SURROGATE, '\ufffd')
        .replace(TERMINAL_ESCAPE, '')
        .replace(CONTROLS, '')
        .normalize('NFC');
}
function fixSegment(text, entities) {
    let fixed = text;
    for (let pass = 0; pass < MOST_PASSES; pass++) {
        const before = fixed;
        if (entities)
            fixed = unescapeStrictHtml(fixed);
        if (!PLAIN.test(fixed))
            fixed = fixCharacters(fixed);
        if (fixed === before)
            break;
    }
    return fixed;
}
/**
 * ftfy's `fix_text`, which OpenAI's tokenizer applies first, less its guess at text decoded with the wrong encoding:
 * straight quotes, no ligatures, ordinary widths, no control characters, NFC.
 */
export function fixText(text) {
    // ftfy stops unescaping at the first line that looks like markup.
    const markup = text.indexOf('<');
    const lineStart = markup < 0 ? text.length : text.lastIndexOf('\n', markup) + 1;
    return fixSegment(text.slice(0, lineStart), true) + fixSegment(text.slice(lineStart), false);
}
/**
 * The text that CLIP's tokenizer splits: fixed ({@link fixText}), HTML references replaced twice, white space collapsed
 * to single spaces and stripped, lower case.
 */
export function cleanText(text) {
    return unescapeHtml(unescapeHtml(fixText(text)))
        .replace(/[\p{White_Space}]+/gu, ' ')
        .replace(/^ | $/g, '')
        .toLowerCase();
}
//# sourceMappingURL=clean.js.map