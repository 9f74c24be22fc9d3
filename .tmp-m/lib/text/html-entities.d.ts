/** The character that C1 code `code` (0x80-0x9f) stands for in Windows-1252, as browsers read it. */
export declare function decodeC1(code: number): string;
/** Replaces HTML character references once, with HTML 5's rules, as Python's `html.unescape` does. */
export declare function unescapeHtml(text: string): string;
/**
 * Replaces only the unambiguous references, those ending in a semicolon (also with upper-cased names, `&EACUTE;`),
 * as ftfy's `unescape_html` does.
 */
export declare function unescapeStrictHtml(text: string): string;
