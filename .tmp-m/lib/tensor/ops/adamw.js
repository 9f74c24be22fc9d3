/** Updates a parameter as torch.optim.AdamW does; no gradient means a zero one (the parameter still decays). */
export function adamwUpdate(state, gradient, options) {
    const { parameter, firstMoment, secondMoment } = state;
    const { step, learningRate, betas, eps, weightDecay } = options;
    parameter.device.launch('adamw', { parameter, firstMoment, secondMoment, gradient }, [
        parameter.size,
        step,
        learningRate,
        betas[0],
        betas[1],
        eps,
        weightDecay,
    ]);
}
//# sourceMappingURL=adamw.js.map