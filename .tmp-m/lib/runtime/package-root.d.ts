/** The folder of this package: where `package.json`, `binding.gyp` and the built addon lie. */
export declare const packageRoot: string;
