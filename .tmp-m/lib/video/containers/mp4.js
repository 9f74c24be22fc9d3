const MAX_BOXES = 20_000;
const MAX_BOX_BYTES = 64 * 2 ** 20;
/**
 * Counts the samples of the first video track of an MP4, MOV or 3GP file: those of the sample table plus those of all
 * fragments. Frames hidden by an edit list are not taken off, nor is cover art looked at: it is a guess.
 */
export async function countMp4Frames(readAt, size) {
    let trackId;
    let count = 0;
    let boxes = 0;
    for (let at = 0; at + 8 <= size && boxes++ < MAX_BOXES;) {
        const box = topBox(await readAt(at, 16), at, size);
        if (box === undefined)
            break;
        if (box.type === 'moov' || box.type === 'moof') {
            if (box.end - box.start > MAX_BOX_BYTES)
                return undefined;
            const body = await readAt(box.start, box.end - box.start);
            if (box.type === 'moov') {
                const track = findVideoTrack(body);
                trackId ??= track?.id;
                count += track?.samples ?? 0;
            }
            else if (trackId !== undefined) {
                count += fragmentSamples(body, trackId);
            }
        }
        at = box.end;
    }
    return trackId === undefined ? undefined : count;
}
function topBox(header, at, size) {
    if (header.length < 8)
        return undefined;
    const type = header.toString('latin1', 4, 8);
    let length = header.readUInt32BE(0);
    let headerBytes = 8;
    if (length === 1 && header.length === 16) {
        length = Number(header.readBigUInt64BE(8));
        headerBytes = 16;
    }
    else if (length === 0) {
        length = size - at;
    }
    if (length < headerBytes)
        return undefined;
    return { type, start: at + headerBytes, end: Math.min(at + length, size) };
}
function children(body, start = 0, end = body.length) {
    const boxes = [];
    for (let at = start; at + 8 <= end && boxes.length < MAX_BOXES;) {
        const box = topBox(body.subarray(at, Math.min(at + 16, end)), at, end);
        if (box === undefined)
            break;
        boxes.push(box);
        at = box.end;
    }
    return boxes;
}
function descend(body, from, ...path) {
    let box = from;
    for (const type of path) {
        if (box === undefined)
            return undefined;
        box = children(body, box.start, box.end).find((child) => child.type === type);
    }
    return box;
}
function findVideoTrack(moov) {
    for (const track of children(moov)) {
        if (track.type !== 'trak')
            continue;
        const handler = descend(moov, track, 'mdia', 'hdlr');
        const header = descend(moov, track, 'tkhd');
        if (!handler || !header || moov.toString('latin1', handler.start + 8, handler.start + 12) !== 'vide')
            continue;
        const idAt = header.start + (moov[header.start] === 1 ? 20 : 12);
        const table = descend(moov, track, 'mdia', 'minf', 'stbl');
        const sizes = table && children(moov, table.start, table.end).find((box) => /^(stsz|stz2)$/.test(box.type));
        return { id: moov.readUInt32BE(idAt), samples: sizes ? moov.readUInt32BE(sizes.start + 8) : 0 };
    }
    return undefined;
}
function fragmentSamples(moof, trackId) {
    let samples = 0;
    for (const fragment of children(moof)) {
        if (fragment.type !== 'traf')
            continue;
        const header = descend(moof, fragment, 'tfhd');
        if (!header || moof.readUInt32BE(header.start + 4) !== trackId)
            continue;
        for (const run of children(moof, fragment.start, fragment.end)) {
            if (run.type === 'trun')
                samples += moof.readUInt32BE(run.start + 4);
        }
    }
    return samples;
}
//# sourceMappingURL=mp4.js.map