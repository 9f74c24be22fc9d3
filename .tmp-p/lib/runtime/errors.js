/** Every error this library raises on purpose: `code` for programs, `message` for people. */
export class MstaError extends Error {
    name = 'MstaError';
    code;
    op;
    shapes;
    file;
    constructor(code, message, details = {}) {
        super(message, details.cause === undefined ? undefined : { cause: details.cause });
        this.code = code;
        if (details.op !== undefined)
            this.op = details.op;
        if (details.shapes !== undefined)
            this.shapes = details.shapes;
        if (details.file !== undefined)
            this.file = details.file;
    }
}
//# sourceMappingURL=errors.js.map