/** Test accuracy of each method on each task. The best of a column stands out. */
import { inPercent, inSeconds } from './format.ts';
import { html, type Html } from './html.ts';
import { swatch } from './legend.ts';
import { scrolling } from './scrolling.ts';
import { averageAccuracy, testAccuracy, wallSeconds, type Series } from './series.ts';
import type { Spread } from './spread.ts';

export function summaryTable(all: readonly Series[], tasks: readonly string[]): Html {
  const columns = [...tasks.map((task) => ({ title: task, of: (series: Series) => testAccuracy(series, task) })), { title: 'average', of: averageAccuracy }];
  const best = columns.map(({ of }) => Math.max(...all.map((series) => of(series)?.mean ?? NaN).filter(Number.isFinite)));
  const accuracy = (spread: Spread | undefined, bestMean: number | undefined): Html => {
    const text = spread && spread.count > 1 ? `${inPercent(spread.mean)} ± ${inPercent(spread.sd)}` : inPercent(spread?.mean);
    return all.length > 1 && spread && spread.mean === bestMean ? html`<td><strong>${text}</strong></td>` : html`<td>${text}</td>`;
  };
  const repeated = all.some((series) => series.runs.length > 1);
  return html`<p class="note">In percent${repeated ? ', mean ± standard deviation over the seeds' : ''}. Wall time is that of one run.</p>
${scrolling('Test accuracy', html`<table>
<thead><tr><th scope="col">method</th>${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}<th scope="col">wall seconds</th></tr></thead>
<tbody>${all.map((series) => html`
<tr><th scope="row">${swatch(series.stroke)}${series.label}</th>${columns.map(({ of }, i) => accuracy(of(series), best[i]))}<td>${inSeconds(wallSeconds(series)?.mean)}</td></tr>`)}
</tbody></table>`)}`;
}
