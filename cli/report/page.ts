/** A report as one HTML file that loads nothing and runs nothing. */
import type { Block, Chart, Figure, LegendItem, Report, Table } from './document.ts';
import { textOf, type Cell } from './document.ts';
import { Html, html } from './html.ts';
import type { Stroke } from './palette.ts';
import { SIZE } from './plot.ts';
import { styleSheet } from './style.ts';

export function pageOf({ title, facts, sections, footer }: Report): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Html(styleSheet())}</style>
</head>
<body>
<header><h1>${title}</h1><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${typeof value === 'string' ? value : list(value)}</dd>`)}</dl></header>
<main>${sections.map(({ id, title, blocks }) => html`
<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${blocks.map(blockOf)}</section>`)}
</main>
<footer>${footer}</footer>
</body>
</html>
`.source;
}

const list = (items: readonly string[]): Html => html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;

function blockOf(block: Block): Html {
  switch (block.kind) {
    case 'text': return html`<p>${block.text}</p>`;
    case 'note': return html`<p class="note">${block.text}</p>`;
    case 'list': return list(block.items);
    case 'link': return html`<p><a href="${block.href}">${block.text}</a></p>`;
    case 'table': return tableOf(block.table);
    case 'figure': return figureOf(block.figure);
  }
}

const figureOf = ({ title, note, legend, charts, tables }: Figure): Html => html`
<figure><h3>${title}</h3>${note === undefined ? '' : html`<figcaption>${note}</figcaption>`}${legend.length === 0 ? '' : html`<ul class="legend">${legend.map(({ label, mark }) => html`<li>${swatch(mark)}${label}</li>`)}</ul>`}
<div class="charts">${charts.map(chartOf)}</div>${tables.map((table) => html`<details><summary>Data as a table${tables.length > 1 ? `: ${table.caption}` : ''}</summary>${tableOf(table)}</details>`)}</figure>`;

/** As large as it was drawn, or a little larger where the column is; a wide one scrolls where the column is narrow. */
const chartOf = ({ title, description, svg, width }: Chart): Html =>
  html`<div style="max-width: ${Math.round(1.18 * width)}px; flex-basis: ${width}px" class="${width > SIZE.width ? 'wide' : width < SIZE.width ? 'small' : ''}">${title === undefined ? '' : html`<h4>${title}</h4>`}<div class="chart" role="img" aria-label="${description}">${new Html(svg)}</div></div>`;

function swatch(mark: LegendItem['mark']): Html {
  if (typeof mark === 'string') return html`<svg class="swatch" width="14" height="14" aria-hidden="true"><rect width="14" height="14" rx="2" fill="${mark}"/></svg>`;
  return html`<svg class="swatch" width="26" height="10" aria-hidden="true">${line(mark)}</svg>`;
}

const line = ({ colour, dash }: Stroke): Html => html`<line x1="1" y1="5" x2="25" y2="5" stroke="${colour}" stroke-width="3" stroke-dasharray="${dash}"/>`;

/** Scrolls sideways by itself when the screen is narrow. */
function tableOf({ caption, groups, columns: [first = '', ...columns], meanings = {}, rows, words }: Table): Html {
  const corner = (span: number): Html => first === '' ? html`<td rowspan="${span}"></td>` : html`<th scope="col" rowspan="${span}">${first}</th>`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table class="${[...groups ? ['grouped'] : [], ...words === true ? ['text'] : []].join(' ')}"><caption>${caption}</caption>
<thead>${groups ? html`<tr>${corner(2)}${groups.map(({ title, span }) => html`<th scope="colgroup" colspan="${span}">${title}</th>`)}</tr>
` : ''}<tr>${groups ? '' : corner(1)}${columns.map((column) => meanings[column] === undefined ? html`<th scope="col">${column}</th>` : html`<th scope="col" title="${meanings[column]}">${column}</th>`)}</tr></thead>
<tbody>${rows.map(({ head, stroke, cells }) => html`
<tr><th scope="row">${stroke ? swatch(stroke) : ''}${head}</th>${cells.map(cellOf)}</tr>`)}
</tbody></table></div>`;
}

function cellOf(cell: Cell): Html {
  if (typeof cell === 'string') return html`<td>${cell}</td>`;
  return cell.mark === 'best' ? html`<td><strong>${cell.text}</strong></td>` : html`<td class="negative">${textOf(cell)}</td>`;
}
