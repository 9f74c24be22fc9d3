const SERIES = {
  light: ['#0b62a8', '#b8480a', '#00735c', '#8a3b8f', '#7a5c00', '#0f7c8a', '#b0214f', '#555b66'],
  dark: ['#6cb6ff', '#ff9e64', '#4fd1a5', '#d8a0e6', '#e3c04d', '#5fd0de', '#ff8fab', '#b4bcc8'],
}

const variables = (colours: readonly string[]): string =>
  colours.map((colour, i) => `--s${i}: ${colour};`).join(' ')
const seriesRules = SERIES.light.map((_, i) => `.s${i} { --own: var(--s${i}); }`).join('\n')

/** The looks of a report: light or dark as the reader's system is, on a phone as on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --text: #1b2330; --quiet: #566173; --rule: #dbe0e8; --track: #e6eaf0;
  --good: #00664f; --bad: #ad2121; --accent: #0b62a8; ${variables(SERIES.light)}
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10141b; --card: #181e28; --text: #e7ebf2; --quiet: #a3aebf; --rule: #2f3948; --track: #2a3341;
    --good: #5fd8ae; --bad: #ff9a93; --accent: #6cb6ff; ${variables(SERIES.dark)}
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
}
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2rem; }
footer { padding-bottom: 3rem; color: var(--quiet); font-size: .875rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; letter-spacing: -.01em; }
h2 { font-size: 1.375rem; line-height: 1.3; margin: 2.5rem 0 .75rem; overflow-wrap: anywhere; }
h3 { font-size: 1.0625rem; margin: 0 0 .75rem; }
h4 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
h5 { font-size: .9375rem; margin: .6rem 0 0; overflow-wrap: anywhere; }
p { margin: .4rem 0 .8rem; max-width: 46rem; }
a { color: var(--accent); }
code { font: .875em ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.subtitle, .note { color: var(--quiet); }
.note { font-size: .875rem; }
.panel { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 1.1rem 1.25rem; margin: 0 0 1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: .75rem 0 0; padding: 0; }
nav a { display: inline-block; padding: .25rem 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 0 0 1rem; }
dl.tiles > div { display: block; background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: .8rem 1rem; }
.tiles dt { color: var(--quiet); font-size: .875rem; }
.tiles dd { margin: 0; font-size: 1.5rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tiles dd small { display: block; font-size: .875rem; font-weight: 400; color: var(--quiet); }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem 2.5rem; }
figure { margin: 0; min-width: 0; max-width: 34rem; }
figcaption { font-weight: 600; font-size: .9375rem; margin-bottom: .35rem; }
figcaption .note { font-weight: 400; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--quiet); font-size: 12.5px; font-variant-numeric: tabular-nums; }
svg .figure { fill: var(--text); }
svg .grid { stroke: var(--rule); }
svg .axis { stroke: var(--quiet); }
svg .line { fill: none; stroke: var(--own); stroke-width: 2; stroke-linejoin: round; }
svg .faint { fill: none; stroke: var(--quiet); stroke-width: 1; opacity: .45; }
svg .dot { fill: var(--own); stroke: var(--card); stroke-width: 1; }
svg .rim { fill: none; stroke: var(--card); stroke-width: 4; }
svg .whisker { fill: none; stroke: var(--text); stroke-width: 1.5; }
.bars { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1.25rem 2.5rem; }
svg .track { fill: var(--track); stroke: none; }
svg .fill { fill: var(--own); }
svg .field { fill: none; stroke: var(--rule); }
svg .mark { fill: var(--own); stroke: var(--card); stroke-width: .8; }
svg .mark.s7 { fill: none; stroke: var(--own); stroke-width: 1.6; }
svg .mark.other { fill: var(--quiet); }
${seriesRules}
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; list-style: none; margin: .4rem 0 0; padding: 0; font-size: .875rem; }
.legend li { display: flex; align-items: center; gap: .4rem; overflow-wrap: anywhere; }
.legend .sample { width: 1.1rem; flex: none; }
.legend .sample[viewBox^="0 0 34"] { width: 2.1rem; }

.scroll { overflow-x: auto; margin: .25rem 0 1rem; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
.scroll > table { min-width: min(100%, 30rem); }
caption { text-align: left; color: var(--quiet); padding-bottom: .4rem; }
td { white-space: nowrap; }
.words th, .words td { text-align: left; }
.words td { white-space: normal; overflow-wrap: anywhere; }
th, td { padding: .35rem .75rem; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: middle; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tbody th { font-weight: 500; overflow-wrap: anywhere; min-width: 7rem; max-width: 20rem; }
thead th { color: var(--quiet); font-weight: 500; vertical-align: bottom; }
.wide { width: 100%; }
.wide td:nth-child(2) { width: 45%; }
.bar { display: flex; align-items: center; gap: .6rem; min-width: 10rem; }
.bar .value { flex: none; width: 4.2em; text-align: right; }
.track { display: block; flex: 1; height: .6rem; background: var(--track); border-radius: 3px; overflow: hidden; }
.track > span { display: block; height: 100%; background: var(--s0); }
.matrix th, .matrix td { border: 1px solid var(--rule); padding: .2rem .3rem; text-align: center; min-width: 1.9rem; }
.matrix tbody th { text-align: left; white-space: nowrap; position: sticky; left: 0; background: var(--card); max-width: 15rem; overflow: hidden; text-overflow: ellipsis; padding: .2rem .5rem; }
.matrix thead th:first-child { padding-left: .5rem; text-align: left; }
.matrix abbr { text-decoration: none; }
.matrix .number { color: var(--quiet); display: inline-block; min-width: 1.5em; text-align: right; margin-right: .25em; }
.matrix .right { outline: 2px solid var(--good); outline-offset: -2px; background: color-mix(in srgb, var(--good) var(--strength, 0%), var(--card)); }
.matrix .wrong { background: color-mix(in srgb, var(--bad) var(--strength, 0%), var(--card)); }
details { margin: .75rem 0 0; }
summary { cursor: pointer; color: var(--accent); padding: .25rem 0; }
dl { margin: 0; font-size: .9375rem; }
dl > div { display: grid; grid-template-columns: minmax(8rem, 15rem) 1fr; gap: .1rem 1rem; padding: .3rem 0; border-bottom: 1px solid var(--rule); }
dt { color: var(--quiet); overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
.plain { padding-left: 1.1rem; overflow-wrap: anywhere; }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem; }
.card { border: 1px solid var(--rule); border-radius: 10px; padding: .75rem; min-width: 0; }
.frames { display: flex; flex-direction: column; gap: .4rem; font-size: .875rem; }
.frames > svg { border-radius: 6px; background: #000; }
.frames label { order: 1; display: flex; gap: .4rem; align-items: center; color: var(--quiet); }
.frames .shares { order: 2; display: flex; flex-wrap: wrap; gap: .1rem .6rem; align-items: flex-end; }
.frames .shares svg { width: 9.75rem; flex: none; }
.mask { display: none; }
.frames label:has(:checked) + svg .mask { display: inline; }
.m1 { opacity: .2; } .m2 { opacity: .4; } .m3 { opacity: .6; } .m4 { opacity: .75; }
.path { margin: 0; font-size: .875rem; color: var(--quiet); }
.verdict { font-size: .875rem; font-weight: 600; white-space: nowrap; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.answers-title { margin: .5rem 0 .1rem; font-size: .875rem; color: var(--quiet); }
.answers { list-style: none; margin: 0; padding: 0; font-size: .875rem; }
.answers li { display: grid; grid-template-columns: 3.5rem 1fr auto; align-items: center; gap: .5rem; }
.answers .name { overflow-wrap: anywhere; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (max-width: 34rem) {
  header, main, footer { padding-left: .75rem; padding-right: .75rem; }
  .panel { padding: .9rem; }
  dl > div { grid-template-columns: 1fr; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tiles dd { font-size: 1.25rem; }
  .matrix tbody th { max-width: 8.5rem; }
  .bar { min-width: 8rem; }
  th, td { padding-left: .5rem; padding-right: .5rem; }
}
@media print {
  body { background: none; }
  .panel, figure, .card { break-inside: avoid; }
}
`
