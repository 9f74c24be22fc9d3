import { counted } from '../page/format.js'
import { html, type Markup, NOTHING } from '../page/html.js'

const MOST = 50

/** Videos that could not be used, with their reasons. */
export function failuresSection(failures: readonly { path: string; message: string }[]): Markup {
  if (failures.length === 0) return NOTHING
  return html`<details><summary>${counted(failures.length, 'video')} could not be decoded</summary>
<ul class="plain">${failures.slice(0, MOST).map(({ path, message }) => html`<li><code>${path}</code><br>${message}</li>`)}</ul>
${failures.length > MOST && html`<p class="note">And ${failures.length - MOST} more.</p>`}</details>`
}
