import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
function findRoot() {
    let folder = dirname(fileURLToPath(import.meta.url));
    while (!existsSync(join(folder, 'binding.gyp'))) {
        const parent = dirname(folder);
        if (parent === folder)
            return process.cwd();
        folder = parent;
    }
    return folder;
}
/** The folder of this package: where `package.json`, `binding.gyp` and the built addon lie. */
export const packageRoot = findRoot();
//# sourceMappingURL=package-root.js.map