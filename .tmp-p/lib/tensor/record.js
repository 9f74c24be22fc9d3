let active;
/** Runs a synchronous function with `recorder` told of every operation that needs a gradient. */
export function recording(recorder, body) {
    const before = active;
    active = recorder;
    try {
        return body();
    }
    finally {
        active = before;
    }
}
/** Whether a tape is listening and one of the tensors needs a gradient. */
export function isTracked(...tensors) {
    return active !== undefined && tensors.some((t) => t?.requiresGrad);
}
/**
 * Puts an operation on the listening tape, if an input needs a gradient. `saved` tensors stay alive for `backward`,
 * which gets the handles it may use.
 */
export function record(op, inputs, outputs, saved, backward) {
    if (!active || !isTracked(...inputs))
        return;
    const handles = Object.fromEntries(Object.entries(saved).map(([name, tensor]) => [name, tensor?.share() ?? tensor]));
    const kept = Object.values(handles).filter((t) => t != null);
    active.add(op, inputs, outputs, kept, (grads, needed) => backward(handles, grads, needed));
}
//# sourceMappingURL=record.js.map