/** Every run with its settings, so that each number of the report can be traced. */
import { count, date, duration } from './format.ts';
import { html, type Html } from './html.ts';
import { endOf, epochsOf, startOf } from './run-record.ts';
import { scrolling } from './scrolling.ts';
import type { Series } from './series.ts';

export function runsTable(all: readonly Series[]): Html {
  const rows = all.flatMap((series) => series.runs.map((run) => ({ series, run, start: startOf(run), end: endOf(run) })));
  return scrolling('Runs', html`<table class="text">
<thead><tr>${['method', 'model', 'seed', 'epochs', 'batch size', 'learning rate', 'options', 'shared parameters', 'time', 'adapter', 'started', 'lazygrad', 'Node'].map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows.map(({ series, run, start, end }) => html`
<tr><th scope="row">${series.label}</th>${[
    run.config.model,
    String(run.config.seed),
    `${epochsOf(run).length} of ${start?.epochs ?? '–'}`,
    String(start?.batchSize ?? '–'),
    String(start?.learningRate ?? '–'),
    Object.entries(run.config.options ?? {}).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ') || '–',
    count(start?.parameters.shared),
    end ? duration(end.seconds) : 'not finished',
    run.config.adapter,
    date(run.config.created),
    run.config.lazygrad,
    run.config.node,
  ].map((cell) => html`<td>${cell}</td>`)}</tr>`)}
</tbody></table>`);
}
