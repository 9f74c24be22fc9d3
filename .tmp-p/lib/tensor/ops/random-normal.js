/** Fills `out` with normal numbers of mean 0 and the given standard deviation, from a counter-based generator. */
export function fillNormal(out, deviation, { seed, stream }) {
    out.device.launch('random_normal', { out }, [out.size, deviation, seed, stream]);
}
//# sourceMappingURL=random-normal.js.map