/** The test result of each method on each task. The best of a column stands out. */
import { isBetter, METRICS } from '../../analysis/metrics.ts';
import type { MetricName } from '../../analysis/metrics.ts';
import { inMetric, inSeconds, metricTitle } from './format.ts';
import { html, type Html } from './html.ts';
import { swatch } from './legend.ts';
import { commonMetric, metricOf, testHeading } from './judged-by.ts';
import { scrolling } from './scrolling.ts';
import { averageResult, testResult, wallSeconds, type Series } from './series.ts';
import type { Spread } from './spread.ts';

interface Column {
  readonly title: string;
  readonly metric: MetricName;
  readonly of: (series: Series) => Spread | undefined;
}

export function summaryTable(all: readonly Series[], tasks: readonly string[]): Html {
  const runs = all.flatMap((series) => series.runs);
  const judged = tasks.map((task) => ({ task, metric: metricOf(runs, task) }));
  const common = commonMetric(judged.map(({ metric }) => metric));
  const columns: readonly Column[] = [
    ...judged.map(({ task, metric }): Column => ({ title: common ? task : `${task}, ${metricTitle(metric)}`, metric, of: (series) => testResult(series, task) })),
    ...common ? [{ title: 'average', metric: common, of: averageResult }] : [],
  ];
  const best = columns.map(({ metric, of }) => all.map((series) => of(series)?.mean ?? NaN).reduce((a, b) => isBetter(metric, b, a) ? b : a, NaN));
  const result = (metric: MetricName, spread: Spread | undefined, bestMean: number | undefined): Html => {
    const text = spread && spread.count > 1 ? `${inMetric(metric, spread.mean)} ± ${inMetric(metric, spread.sd)}` : inMetric(metric, spread?.mean);
    return all.length > 1 && spread && spread.mean === bestMean ? html`<td><strong>${text}</strong></td>` : html`<td>${text}</td>`;
  };
  const repeated = all.some((series) => series.runs.length > 1);
  const notes = [...common && METRICS[common].share ? ['In percent.'] : [], ...repeated ? ['Mean ± standard deviation over the seeds.'] : [], 'Wall time is that of one run.'];
  return html`<p class="note">${notes.join(' ')}</p>
${scrolling(testHeading(common), html`<table>
<thead><tr><th scope="col">method</th>${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}<th scope="col">wall seconds</th></tr></thead>
<tbody>${all.map((series) => html`
<tr><th scope="row">${swatch(series.stroke)}${series.label}</th>${columns.map(({ metric, of }, i) => result(metric, of(series), best[i]))}<td>${inSeconds(wallSeconds(series)?.mean)}</td></tr>`)}
</tbody></table>`)}`;
}
