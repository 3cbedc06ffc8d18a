/** The report on a reproduced table or figure: its charts, its numbers, the paper's setting beside ours, and what differs. */
import type { Chart, Facts, Result, Table } from '../../experiments/experiment.ts';
import { html, type Html } from './html.ts';
import { scrolling } from './scrolling.ts';
import { shell } from './shell.ts';
import { xyChart, xyLegend, xyTable } from './xy-chart.ts';

export interface ExperimentFacts {
  readonly id: string;
  readonly title: string;
  readonly scale: string;
  readonly adapter: string;
  readonly lazygrad: string;
}

export function renderExperiment({ id, title, scale, adapter, lazygrad }: ExperimentFacts, { paper, ours, findings = [], differences }: Result, runs?: string): string {
  return shell({
    title: `${id}: ${title}`,
    head: html`<dl><dt>Source</dt><dd>${paper.source}</dd><dt>Claim</dt><dd>${paper.claim}</dd><dt>Scale</dt><dd>${scale}</dd><dt>Adapter</dt><dd>${adapter}</dd></dl>`,
    main: html`<section aria-labelledby="result"><h2 id="result">Result</h2>${byLines(ours.charts).map(figure)}
${paper.table ? spreads('In the paper', paper.table) : ''}${ours.table ? spreads('Here', ours.table) : ''}${numbers(ours.numbers)}
${findings.length === 0 ? '' : html`<ul>${findings.map((text) => html`<li>${text}</li>`)}</ul>`}${runs === undefined ? '' : html`<p><a href="${runs}">All runs, epoch by epoch</a></p>`}</section>
<section aria-labelledby="setting"><h2 id="setting">Setting</h2>${settings(paper.setting, ours.setting)}</section>
<section aria-labelledby="differences"><h2 id="differences">What differs from the paper</h2><ul>${differences.map((text) => html`<li>${text}</li>`)}</ul></section>`,
    footer: `Made by lazygrad ${lazygrad}.`,
  });
}

/** Charts that follow one another and are of the same lines share a legend. */
function byLines(charts: readonly Chart[]): Chart[][] {
  const groups: Chart[][] = [];
  const labels = ({ lines }: Chart): string => JSON.stringify(lines.map(({ label }) => label));
  for (const chart of charts) {
    const last = groups.at(-1);
    if (last?.[0] && labels(last[0]) === labels(chart)) last.push(chart);
    else groups.push([chart]);
  }
  return groups;
}

const figure = (charts: readonly Chart[]): Html => html`<figure>${xyLegend(charts[0]?.lines ?? [])}
<div class="charts">${charts.map((chart) => html`<div><h3>${chart.title}</h3>${xyChart(chart)}</div>`)}</div>${charts.map(xyTable)}</figure>`;

const shown = (value: string | number | undefined): string => value === undefined ? '–' : typeof value === 'number' ? String(Number(value.toPrecision(6))) : value;

function spreads(caption: string, { columns, rows }: Table): Html {
  const cell = (value: Table['rows'][number]['values'][number]): string => !value ? '–' : `${value.mean.toFixed(4)}${Number.isNaN(value.sd) ? '' : ` ± ${value.sd.toFixed(4)}`}`;
  return scrolling(caption, html`<table><caption>${caption}</caption>
<thead><tr><th></th>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(({ label, values }) => html`<tr><th scope="row">${label}</th>${values.map((value) => html`<td>${cell(value)}</td>`)}</tr>`)}</tbody></table>`);
}

function numbers(of: Readonly<Record<string, Facts>>): Html {
  const columns = [...new Set(Object.values(of).flatMap((facts) => Object.keys(facts)))];
  return scrolling('Numbers', html`<table><caption>Numbers</caption>
<thead><tr><th></th>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${Object.entries(of).map(([label, facts]) => html`<tr><th scope="row">${label}</th>${columns.map((column) => html`<td>${shown(facts[column])}</td>`)}</tr>`)}</tbody></table>`);
}

function settings(paper: Facts, ours: Facts): Html {
  const names = [...new Set([...Object.keys(paper), ...Object.keys(ours)])];
  return scrolling('Setting', html`<table class="text"><caption>Setting</caption>
<thead><tr><th></th><th scope="col">paper</th><th scope="col">here</th></tr></thead>
<tbody>${names.map((name) => html`<tr><th scope="row">${name}</th><td>${shown(paper[name])}</td><td>${shown(ours[name])}</td></tr>`)}</tbody></table>`);
}
