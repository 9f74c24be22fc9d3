const SHAPES = ['disc', 'square', 'triangle', 'ring', 'cross'];
/** The motions a class can be named after, in the order in which classes take them. */
export const MOTION_NAMES = [
    'moving left',
    'moving right',
    'moving up',
    'moving down',
    'growing',
    'shrinking',
    'circling',
    'blinking',
];
/**
 * Draws one clip of a shape in motion. Shape, colours, place, size and speed are random; opposite motions are the
 * same pictures in reverse order, so that no single frame gives the class away.
 * @returns `frames` pictures of `size` x `size` pixels, rgb24, each its own array.
 */
export function* drawMotion(motion, size, frames, random) {
    const shape = SHAPES[random.int(SHAPES.length)];
    const [ink, paper] = drawColours(random);
    const pose = drawPath(motion, random);
    for (let t = 0; t < frames; t++) {
        yield drawFrame(size, shape, pose(frames === 1 ? 0 : t / (frames - 1)), ink, paper);
    }
}
function drawPath(motion, random) {
    const between = (low, high) => low + (high - low) * random.next();
    const radius = between(0.1, 0.17);
    const across = between(0.2, 0.8);
    const from = between(0.15, 0.3);
    const to = between(0.7, 0.85);
    const along = (u) => from + (to - from) * u;
    const place = { x: between(0.35, 0.65), y: between(0.35, 0.65) };
    const grow = (u) => ({ ...place, radius: 0.06 + (0.2 + radius - 0.06) * u, visible: true });
    const start = between(0, 2 * Math.PI);
    const paths = {
        'moving left': (u) => ({ x: along(1 - u), y: across, radius, visible: true }),
        'moving right': (u) => ({ x: along(u), y: across, radius, visible: true }),
        'moving up': (u) => ({ x: across, y: along(1 - u), radius, visible: true }),
        'moving down': (u) => ({ x: across, y: along(u), radius, visible: true }),
        growing: grow,
        shrinking: (u) => grow(1 - u),
        circling: (u) => {
            const angle = start + 2 * Math.PI * u;
            return { x: 0.5 + 0.25 * Math.cos(angle), y: 0.5 + 0.25 * Math.sin(angle), radius, visible: true };
        },
        blinking: (u) => ({ ...place, radius, visible: Math.floor(u * 7.999) % 2 === 0 }),
    };
    return paths[motion];
}
function drawColours(random) {
    const paper = [0, 1, 2].map(() => random.int(90));
    const ink = [0, 1, 2].map(() => 60 + random.int(196));
    // One channel at full strength keeps the shape apart from the dark background.
    ink[random.int(3)] = 255;
    return [ink, paper];
}
function drawFrame(size, shape, pose, ink, paper) {
    const picture = new Uint8Array(size * size * 3);
    for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
            const share = pose.visible ? coverage(size, shape, pose, x, y) : 0;
            const at = (y * size + x) * 3;
            for (let c = 0; c < 3; c++)
                picture[at + c] = Math.round(paper[c] + (ink[c] - paper[c]) * share);
        }
    }
    return picture;
}
/** Share of a pixel that the shape covers, from four points in it. */
function coverage(size, shape, pose, x, y) {
    let inside = 0;
    for (const dy of [0.25, 0.75]) {
        for (const dx of [0.25, 0.75]) {
            const u = ((x + dx) / size - pose.x) / pose.radius;
            const v = ((y + dy) / size - pose.y) / pose.radius;
            if (isInside(shape, u, v))
                inside++;
        }
    }
    return inside / 4;
}
/** Whether a point, in radii from the centre, belongs to the shape. */
function isInside(shape, u, v) {
    const distance = Math.hypot(u, v);
    switch (shape) {
        case 'disc':
            return distance <= 1;
        case 'ring':
            return distance <= 1 && distance >= 0.55;
        case 'square':
            return Math.max(Math.abs(u), Math.abs(v)) <= 0.88;
        case 'triangle':
            return v <= 0.8 && v >= -1 && Math.abs(u) <= (v + 1) * 0.55;
        case 'cross':
            return Math.max(Math.abs(u), Math.abs(v)) <= 1 && Math.min(Math.abs(u), Math.abs(v)) <= 0.33;
    }
}
//# sourceMappingURL=shapes.js.map