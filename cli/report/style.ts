/** The style sheet of the report. */
import { asProperties, DARK, GROUND, LIGHT } from './palette.ts';

export const styleSheet = (): string => `
:root { color-scheme: light dark; ${asProperties({ ...GROUND.light, ...LIGHT })} }
@media (prefers-color-scheme: dark) {
  :root { ${asProperties({ ...GROUND.dark, ...DARK })} }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 3rem; max-width: 72rem; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 2.75rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--rule); font-size: 1.3rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1.05rem; }
h4 { margin: 0; font-size: .9rem; }
p { margin: .5rem 0; max-width: 44rem; }
.negative { color: var(--negative); font-weight: 600; }
.note, caption, figcaption, footer { color: var(--quiet); font-size: .9rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: 1.25rem 0 0; font-size: .95rem; }
dt { color: var(--quiet); }
dd { margin: 0; }
ul { margin: 0; padding: 0; list-style: none; }
figure { margin: 0 0 1rem; }
figcaption { margin: .25rem 0 .5rem; max-width: 44rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0; font-size: .9rem; }
.legend li { display: flex; align-items: center; gap: .45rem; }
.swatch { flex: none; vertical-align: middle; }
th .swatch { margin-right: .5rem; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; }
.charts > div { flex: 1 1; min-width: min(100%, 16rem); }
.plot { display: block; width: 100%; height: auto; overflow: visible; font: 12px system-ui, sans-serif; }
.wide .chart { overflow-x: auto; }
.wide .plot { min-width: 30rem; }
.plot text { white-space: pre; }
.hover rect:hover { fill: var(--band); }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { padding-bottom: .4rem; text-align: left; }
th, td { padding: .35rem .9rem; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; }
tr > :first-child { padding-left: 0; }
tbody th { position: sticky; left: 0; background: var(--ground); }
tr > :first-child, .text th, .text td { text-align: left; }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 500; }
.grouped { font-size: .84rem; }
.grouped th, .grouped td { padding-left: .4rem; padding-right: .4rem; }
.grouped tr > :first-child { padding-left: 0; }
.grouped thead tr + tr > :first-child { padding-left: .4rem; text-align: right; }
.grouped thead [colspan] { text-align: center; }
details { margin-top: .5rem; font-size: .92rem; }
summary { width: max-content; max-width: 100%; cursor: pointer; color: var(--quiet); }
footer { margin-top: 3rem; padding-top: .75rem; border-top: 1px solid var(--rule); }
@media (max-width: 36rem) {
  body { padding: 1.25rem 1rem 2rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
  th, td { padding: .35rem .6rem; }
  .plot { font-size: 14px; }
  .small .plot, .wide .plot { font-size: 12px; }
}
`;
