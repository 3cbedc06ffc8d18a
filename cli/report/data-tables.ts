/** The numbers behind every chart. */
import { at, epochsIn, lossCurve, shareCurve, validationCurve, type Point } from './curves.ts';
import { METRICS } from '../../analysis/metrics.ts';
import { inMetric, inPercent, loss, metricTitle } from './format.ts';
import { html, type Html } from './html.ts';
import { metricOf } from './judged-by.ts';
import { scrolling } from './scrolling.ts';
import { taskNames, type Series } from './series.ts';

export function taskTable(all: readonly Series[], task: string): Html {
  const metric = metricOf(all.flatMap(({ runs }) => runs), task);
  return epochTable(
    `Loss and validation ${METRICS[metric].label} on ${task}`,
    all.map(({ label }) => ({ title: label, columns: ['loss', metricTitle(metric)] })),
    all.flatMap((series) => [{ points: lossCurve(series, task), format: loss }, { points: validationCurve(series, task), format: (value) => inMetric(metric, value) }]),
  );
}

export function ownershipTable(series: Series): Html {
  const tasks = taskNames(series.runs);
  const share = (value: number | undefined): string => inPercent(value, 1);
  return epochTable(
    `Ownership under ${series.label}`,
    [...tasks.map((task) => ({ title: task, columns: ['owned (%)', 'protected (%)'] })), { title: 'all tasks', columns: ['unclaimed (%)'] }],
    [
      ...tasks.flatMap((task) => (['owned', 'protected'] as const).map((kind) => ({ points: shareCurve(series, task, kind), format: share }))),
      { points: shareCurve(series, tasks[0] ?? '', 'unclaimed'), format: share },
    ],
  );
}

interface Group {
  readonly title: string;
  readonly columns: readonly string[];
}

interface Curve {
  readonly points: readonly Point[];
  readonly format: (value: number | undefined) => string;
}

/** One row per epoch, one column per curve, under two lines of heads. Folded away until asked for. */
function epochTable(label: string, groups: readonly Group[], curves: readonly Curve[]): Html {
  const epochs = epochsIn(curves.flatMap(({ points }) => points));
  return html`<details><summary>Data as a table</summary>${scrolling(label, html`<table class="data">
<caption>${label}</caption>
<thead><tr><th scope="col" rowspan="2">epoch</th>${groups.map(({ title, columns }) => html`<th scope="colgroup" colspan="${columns.length}">${title}</th>`)}</tr>
<tr>${groups.flatMap(({ columns }) => columns.map((title) => html`<th scope="col">${title}</th>`))}</tr></thead>
<tbody>${epochs.map((epoch) => html`
<tr><th scope="row">${epoch}</th>${curves.map(({ points, format }) => html`<td>${format(at(points, epoch)?.mean)}</td>`)}</tr>`)}
</tbody></table>`)}</details>`;
}
