import { type Content, html, type Markup } from './html.js'

/** A table for a page. */
export interface TableContent {
  /** What it is of, for those who hear it. */
  caption: Content
  heads: readonly Content[]
  /** The first cell of a row is its head. */
  rows: readonly (readonly Content[])[]
  /** Shows the caption, too. */
  showCaption?: boolean
  /** Cells hold words, which may be broken, not figures. */
  isOfWords?: boolean
  /** Takes the whole width. */
  isWide?: boolean
}

/** A table that scrolls sideways where the page is narrow; all columns but the first go to the right. */
export const table = ({ caption, heads, rows, showCaption, isOfWords, isWide }: TableContent): Markup => html`
${showCaption && html`<p class="note" aria-hidden="true">${caption}</p>`}
<div class="scroll" role="group" tabindex="0" aria-label="${caption}">
<table class="${isOfWords && 'words'} ${isWide && 'wide'}">
<caption class="unseen">${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(
  ([first, ...cells]) =>
    html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
)}</tbody>
</table>
</div>`

/** The figures of a chart, folded away. */
export const figuresTable = (content: TableContent): Markup =>
  html`<details><summary>Figures <span class="unseen">of ${content.caption}</span></summary>${table(content)}</details>`

/** Names with values, one below the other. */
export const facts = (rows: readonly (readonly [name: string, value: Content])[]): Markup =>
  html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`
