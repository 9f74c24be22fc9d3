const MAX_LISTS = 1000;
const MAX_HEADER_BYTES = 2 ** 20;
/** Reads the length, in frames, that the first video stream header of an AVI file declares. */
export async function countAviFrames(readAt, size) {
    const header = await readAt(0, Math.min(size, MAX_HEADER_BYTES));
    let at = 12;
    for (let chunks = 0; at + 8 <= header.length && chunks < MAX_LISTS; chunks++) {
        const type = header.toString('latin1', at, at + 4);
        const length = header.readUInt32LE(at + 4);
        if (type === 'LIST') {
            if (header.toString('latin1', at + 8, at + 12) === 'movi')
                return undefined;
            at += 12;
            continue;
        }
        if (type === 'strh' && header.toString('latin1', at + 8, at + 12) === 'vids') {
            return at + 44 <= header.length ? header.readUInt32LE(at + 40) : undefined;
        }
        at += 8 + length + (length % 2);
    }
    return undefined;
}
//# sourceMappingURL=avi.js.map