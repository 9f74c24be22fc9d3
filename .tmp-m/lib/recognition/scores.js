/** Softmax of one row of logits, in float64. */
function softmax(logits) {
    const highest = logits.reduce((best, x) => Math.max(best, x), Number.NEGATIVE_INFINITY);
    const exponentials = logits.map((x) => Math.exp(x - highest));
    const sum = exponentials.reduce((total, x) => total + x, 0);
    return exponentials.map((x) => x / sum);
}
function unitRows({ data, shape: [count, width] }) {
    return Array.from({ length: count }, (_, r) => {
        const row = Float64Array.from(data.subarray(r * width, (r + 1) * width));
        const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0)) || 1;
        return row.map((x) => x / length);
    });
}
/** Class scores of each view: softmax over classes of cosine / temperature (SPEC section 1). */
export function viewScores(views, classes, temperature) {
    const targets = unitRows(classes);
    return unitRows(views).map((view) => softmax(Float64Array.from(targets, (target) => target.reduce((dot, x, i) => dot + x * view[i], 0) / temperature)));
}
/** Mean of equally long rows. */
export function meanRow(rows) {
    return rows[0].map((_, c) => rows.reduce((sum, row) => sum + row[c], 0) / rows.length);
}
//# sourceMappingURL=scores.js.map