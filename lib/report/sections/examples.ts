import type { Prediction } from '../../recognition/viclip.js'
import type { Example, Examples } from '../examples/collect.js'
import { counted, percent } from '../page/format.js'
import { html, type Markup, NOTHING } from '../page/html.js'
import { framesAndAttention } from './attention.js'

/** Frames and scores of right and wrong answers. */
export function examplesSection({ right, wrong, videos }: Examples): Markup {
  const group = (title: string, examples: readonly Example[], none: string) =>
    html`<h4>${title}</h4>${examples.length > 0 ? html`<div class="cards">${examples.map(card)}</div>` : html`<p>${none}</p>`}`
  return html`
<p class="note">Out of ${counted(videos, 'video')}, taken evenly from the classes: the wrong answers given with the highest score, and of the right answers the surest of each class. Frames in reading order. Attention is that of the class token, which the features come from, in the last block, the mean over its heads.</p>
${group('Wrong answers', wrong, 'None of these videos was answered wrong.')}
${group('Right answers', right, 'None of these videos was answered right.')}`
}

function card({ path, label, before, after, pictures }: Example): Markup {
  const isRight = after[0]?.label === label
  const answer = after[0] ? `answered ${after[0].label} with ${percent(after[0].score)}` : 'no answer'
  return html`<article class="card">
${pictures ? framesAndAttention(pictures, `${counted(pictures.strip.shown.length, 'frame')} of ${path}, which shows ${label}; ${answer}`) : html`<p class="note">No picture could be made of it.</p>`}
<h5>${label} <span class="verdict ${isRight ? 'good' : 'bad'}">${isRight ? '✓ right' : '✗ wrong'}</span></h5>
<p class="path"><code>${path}</code></p>
${answers(before ? 'with the adapter' : 'answers', after, label)}
${before ? answers('without it', before, label) : NOTHING}
</article>`
}

const answers = (title: string, predictions: readonly Prediction[], label: string): Markup =>
  html`<p class="answers-title">${title}</p><ol class="answers">${predictions.map(
    (each) =>
      html`<li><span class="track" aria-hidden="true"><span style="width:${(100 * each.score).toFixed(1)}%"></span></span><span class="name">${each.label}${each.label === label && html` <span aria-hidden="true">✓</span>`}</span> <span class="value">${percent(each.score)}</span></li>`,
  )}</ol>`
