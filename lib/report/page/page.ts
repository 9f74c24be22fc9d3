import { html, Markup } from './html.js'
import { STYLE } from './style.js'

/** A chapter of a page with its panels. */
export interface Chapter {
  title: string
  /** The figures that matter most. */
  tiles: readonly Tile[]
  panels: readonly Panel[]
}

/** A figure in large letters. */
export interface Tile {
  name: string
  value: string
  note?: string | undefined
}

/** A part of a chapter under its own heading. */
export interface Panel {
  title: string
  content: Markup
}

/** What a page is made of. */
export interface Page {
  title: string
  subtitle: string
  chapters: readonly Chapter[]
  footer: string
}

// Nothing is loaded and nothing runs: whatever a name holds, it stays text.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

/** A whole page, chapter by chapter: one file that needs no other and runs no script. */
export function* pageParts({ title, subtitle, chapters, footer }: Page): Generator<string> {
  yield html`${new Markup('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="subtitle">${subtitle}</p>
<nav aria-label="Contents"><ul>${chapters.flatMap(({ title: chapter, panels }, c) =>
    panels.map(
      (panel, p) =>
        html`<li><a href="#${idOf(c, p)}">${panel.title}${chapters.length > 1 && html`<span class="unseen"> of ${chapter}</span>`}</a></li>`,
    ),
  )}</ul></nav>
</header>
<main>`.text
  for (const [c, chapter] of chapters.entries()) {
    yield html`<h2>${chapter.title}</h2>${tiles(chapter.tiles)}`.text
    for (const [p, { title: panel, content }] of chapter.panels.entries())
      yield html`<section class="panel"><h3 id="${idOf(c, p)}">${panel}</h3>${content}</section>\n`.text
  }
  yield html`</main>
<footer><p>${footer}</p></footer>
</body>
</html>
`.text
}

const idOf = (chapter: number, panel: number): string => `part-${chapter + 1}-${panel + 1}`

const tiles = (all: readonly Tile[]): Markup | false =>
  all.length > 0 &&
  html`<dl class="tiles">${all.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd>${value}${note !== undefined && html`<small>${note}</small>`}</dd></div>`,
  )}</dl>`
