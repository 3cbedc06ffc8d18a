/** The figures: legend, charts and the table of their numbers. */
import { shareCurve } from './curves.ts';
import { ownershipTable, taskTable } from './data-tables.ts';
import { count, percent } from './format.ts';
import { html, type Html } from './html.ts';
import { ownershipLegend, seriesLegend } from './legend.ts';
import { lossChart, validationChart } from './line-charts.ts';
import { ownershipChart } from './ownership-chart.ts';
import { startOf } from './run-record.ts';
import { taskNames, type Series } from './series.ts';

export const taskFigure = (task: string, all: readonly Series[]): Html => html`
<figure><h3>${task}</h3>${seriesLegend(all)}
<div class="charts">${lossChart(task, all)}${validationChart(task, all)}</div>
${all.some(({ runs }) => runs.length > 1) ? html`<figcaption>Lines are means over the seeds; bands reach from the lowest to the highest.</figcaption>` : ''}${taskTable(all, task)}</figure>`;

export const ownershipSection = (owners: readonly Series[]): Html => html`
<section aria-labelledby="ownership"><h2 id="ownership">Who owns the shared parameters</h2>
<p>Each shared parameter has at most one owner, for good. For a task the rest is either protected from it, because another task owns it, or unclaimed.</p>
${ownershipLegend()}${owners.map(ownershipFigure)}</section>`;

function ownershipFigure(series: Series): Html {
  const tasks = taskNames(series.runs);
  const unclaimed = shareCurve(series, tasks[0] ?? '', 'unclaimed').at(-1)?.mean;
  const shared = series.runs.map(startOf).find((start) => start !== undefined)?.parameters.shared;
  return html`
<figure><h3>${series.label}</h3>
<figcaption>${shared === undefined ? '' : `Of ${count(shared)} shared parameters, `}${percent(unclaimed, 1)} unclaimed at the end.</figcaption>
<div class="charts small">${tasks.map((task) => html`<div><h4>${task}</h4>${ownershipChart(task, series)}</div>`)}</div>${ownershipTable(series)}</figure>`;
}
