/** Median of some times. */
export function median(times) {
    const sorted = [...times].sort((a, b) => a - b);
    return sorted.length % 2
        ? sorted[(sorted.length - 1) / 2]
        : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
}
/** Longest minus shortest. */
export const spread = (times) => Math.max(...times) - Math.min(...times);
//# sourceMappingURL=result.js.map