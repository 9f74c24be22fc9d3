/** Module names that a TypeScript source imports or re-exports. */
export declare function importsOf(source: string): string[];
/** What one file of lib imports and should not. `file` is relative to the repository, with forward slashes. */
export declare function checkLibFile(file: string, source: string, dependencies: readonly string[]): string[];
/** What one native source includes and should not. */
export declare function checkNativeFile(file: string, source: string): string[];
/** What the folder of one kernel lacks; `listed` are the sources in native/sources.json. */
export declare function checkKernelFolder(op: string, files: readonly string[], listed: readonly string[]): string[];
/** A name as another file exports it, and the file it comes from. */
export interface Export {
    name: string;
    from: string;
}
/** `export { a, type b as c } from './x.js'` of a source; the names as the other file knows them. */
export declare function reexportsOf(source: string): (Export & {
    as: string;
})[];
/** Whether `source` declares `name`: with a doc comment, without, or not at all. */
export declare function documentation(source: string, name: string): 'documented' | 'bare' | 'absent';
/**
 * Exports of `file` that have no doc comment where they are declared, following re-exports.
 * @param read a file's text by its path relative to the repository
 */
export declare function undocumentedExports(file: string, read: (path: string) => string): string[];
