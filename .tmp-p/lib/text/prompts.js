import { MstaError } from '../runtime/errors.js';
/** The paper's prompt for a class. */
export const DEFAULT_TEMPLATE = 'a video of {}.';
/**
 * One prompt a class: `template` with every `{}` replaced by the class name.
 * Throws ERR_ARGUMENT for a template without `{}` or an empty name.
 */
export function formatPrompts(names, template = DEFAULT_TEMPLATE) {
    if (typeof template !== 'string' || !template.includes('{}')) {
        throw new MstaError('ERR_ARGUMENT', `The prompt template "${template}" has no {} for the class name. Write one as in "${DEFAULT_TEMPLATE}"`);
    }
    return names.map((name, i) => {
        if (typeof name !== 'string' || name.trim() === '') {
            throw new MstaError('ERR_ARGUMENT', `Class ${i} has no name: a prompt needs one.`);
        }
        return template.replaceAll('{}', () => name);
    });
}
//# sourceMappingURL=prompts.js.map