/**
 * The sheet of the report. Colours are named once, for light, dark and paper; every text has a contrast of at
 * least 4.5 (WCAG 1.4.3).
 */
export const STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --sheet: #f4f6f8; --ink: #17202a; --soft: #53606e; --line: #d9dfe5; --blue: #1d5c8f; --blue-soft: #a9c9e3;
  --red: #a32a1d; --red-soft: #fbeae7; --amber: #7f5100; --amber-soft: #fdf3df; --green: #1c6a3d; --s0: #edf1f4; --s1: #c5dcee; --s2: #88b6d9; --s3: #4586b8; --s4: #1a4f7d; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #14191f; --sheet: #1c232b; --ink: #e8ecf0; --soft: #a3afbb; --line: #323c47; --blue: #79b8ea; --blue-soft: #35546e;
  --red: #ff9b8a; --red-soft: #3b211d; --amber: #f0bd62; --amber-soft: #352a14; --green: #7fd3a0; --s0: #222a33; --s1: #26455f; --s2: #346a94; --s3: #539bd0; --s4: #a4d4f7; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: break-word; }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; padding-bottom: 1.5rem; }
header p { margin: .25rem 0 0; color: var(--soft); }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -.015em; margin: 0; text-wrap: balance; }
h2 { font-size: 1.25rem; line-height: 1.3; letter-spacing: -.005em; margin: 0 0 .75rem; }
h3 { font-size: .95rem; margin: 0 0 .5rem; }
section { padding: 1.75rem 0; border-top: 1px solid var(--line); break-inside: auto; }
p { margin: 0 0 .75rem; max-width: 42rem; }
.note { color: var(--soft); font-size: .875rem; } .rows + .note, .chart + .note { margin-top: .6rem; }
.lead { font-size: 1.125rem; }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 1px; margin: 0 0 1.5rem; background: var(--line); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.figures div { background: var(--paper); padding: 1rem 1.1rem; display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.figures dd { margin: 0; font-size: 1.9rem; line-height: 1.15; font-weight: 650; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.figures dt { color: var(--soft); font-size: .875rem; }
.figures .bad dd { color: var(--red); }
.steps { list-style: none; margin: 0; padding: 0; }
.steps li { padding: .7rem .9rem; margin: 0 0 .5rem; border-left: 3px solid var(--line); background: var(--sheet); border-radius: 0 6px 6px 0; break-inside: avoid; }
.steps .bad { border-color: var(--red); background: var(--red-soft); }
.steps .odd { border-color: var(--amber); background: var(--amber-soft); }
.steps strong { font-weight: 600; }
.steps .bad strong { color: var(--red); } .steps .odd strong { color: var(--amber); }
code { font: .84em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.commands li { padding: .15rem 0; } .commands code { color: var(--soft); }
.chart { margin: 0 0 .5rem; }
.chart svg { display: block; width: 100%; height: auto; }
svg .tick { fill: var(--soft); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .bar { fill: var(--blue); } svg .pale { fill: var(--blue-soft); }
svg .shade0 { fill: var(--s0); } svg .shade1 { fill: var(--s1); } svg .shade2 { fill: var(--s2); } svg .shade3 { fill: var(--s3); } svg .shade4 { fill: var(--s4); }
table { width: 100%; border-collapse: collapse; font-size: .9rem; line-height: 1.4; }
caption { text-align: left; font-weight: 600; padding: 0 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .42rem .75rem .42rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 500; } thead th { color: var(--soft); font-size: .8rem; font-weight: 500; border-bottom-color: var(--soft); white-space: nowrap; }
tr > :last-child { padding-right: 0; }
tbody tr { break-inside: avoid; } thead { display: table-header-group; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.number + :not(.number) { padding-left: 1.5rem; }
.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.shares { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1.5rem 2rem; align-items: start; }
.shares th { width: 1%; max-width: 11rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; } .shares td { vertical-align: middle; } .shares tr > * { padding-top: .3rem; padding-bottom: .3rem; }
.shares .number { width: 1%; } .share { display: block; width: 100%; height: .5rem; }
.verdict { white-space: nowrap; font-weight: 600; } .met { color: var(--green); } .unmet { color: var(--red); } .decide { color: var(--amber); }
footer { padding-top: 1.5rem; padding-bottom: 3rem; color: var(--soft); font-size: .8rem; }
footer p { border-top: 1px solid var(--line); padding-top: 1rem; max-width: none; }
@media (max-width: 48rem) { .shares { grid-template-columns: 1fr; } .figures { grid-template-columns: repeat(2, 1fr); } header, main, footer { padding-left: 1rem; padding-right: 1rem; }
  header { padding-top: 2rem; } h1 { font-size: 1.6rem; }
  svg .tick { font-size: 22px; }
  .rows, .rows tbody, .rows tr, .rows th, .rows td { display: block; } .rows thead { display: none; }
  .rows tr { border-bottom: 1px solid var(--line); padding: .5rem 0; } .rows th, .rows td { border: 0; padding: .1rem 0; text-align: left; white-space: normal; } .rows th { font-weight: 600; }
  .rows td, .rows .number + td { padding-left: 0; } .rows td::before { content: attr(data-heading) ": "; color: var(--soft); } }
@page { size: A4; margin: 16mm 15mm; }
@media print { :root { color-scheme: light; --ink: #000000; --soft: #46515c; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html { font-size: 10pt; } body { font-size: 1rem; } header, main, footer { max-width: none; padding-left: 0; padding-right: 0; } header { padding-top: 0; } section { padding: 1.1rem 0; }
  h2, h3, caption { break-after: avoid; } .chart, .figures, .shares table { break-inside: avoid; }
  .shares { grid-template-columns: repeat(3, 1fr); } .figures { grid-template-columns: repeat(4, 1fr); } }
`;
