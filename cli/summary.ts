/** A finished run as data and as a table. */
import type { AdapterDescription } from '../engine/index.ts';
import type { EndEvent } from '../methods/index.ts';
import { METRICS } from '../analysis/metrics.ts';
import { inMetric, inPercent, metricTitle } from './report/format.ts';
import { commonMetric } from './report/judged-by.ts';
import { renderTable, right } from './table.ts';
import type { Settings } from './training.ts';

export interface Summary {
  readonly adapter: AdapterDescription;
  readonly dataset: string;
  readonly method: string;
  readonly model: string;
  readonly seed: number;
  readonly epochs: number;
  readonly tasks: EndEvent['tasks'];
  readonly average: EndEvent['average'];
  /** Shares of the shared parameters, in [0, 1]. */
  readonly ownership: { readonly tasks: Readonly<Record<string, number>>; readonly unclaimed: number } | null;
  /** Forward passes of training for each batch that was read. */
  readonly passes: number;
  readonly seconds: number;
  /** The run directory. */
  readonly run: string;
}

export function summarise(settings: Settings, adapter: AdapterDescription, end: EndEvent, run: string): Summary {
  const { dataset, method, model, seed, epochs } = settings;
  const ownership = end.ownership && { tasks: Object.fromEntries(end.tasks.map(({ name }, i) => [name, end.ownership?.owned[i] ?? 0])), unclaimed: end.ownership.unclaimed };
  return { adapter, dataset, method, model, seed, epochs, tasks: end.tasks, average: end.average, ownership, passes: end.passes, seconds: end.seconds, run };
}

/** The metric of each task on its test part, one column a run. */
export function testTable(runs: readonly Summary[]): string {
  const tasks = runs[0]?.tasks ?? [];
  const common = commonMetric(tasks.map(({ metric }) => metric));
  return renderTable(
    [common ? `test ${METRICS[common].label}` : 'test', ...runs.map((run) => right(run.method))],
    [
      ...tasks.map(({ name, metric }, i) => [common ? name : `${name}, ${metricTitle(metric)}`, ...runs.map((run) => inMetric(metric, run.tasks[i]?.test ?? NaN))]),
      ...common ? [['average', ...runs.map((run) => inMetric(common, run.average.test))]] : [],
      ['seconds', ...runs.map((run) => run.seconds.toFixed(1))],
    ],
  );
}

/** Who owns how much of the shared parameters; empty for methods without ownership. */
export function ownershipTable({ ownership }: Summary): string {
  if (!ownership) return '';
  return renderTable(['shared parameters', right('share')], [...Object.entries(ownership.tasks).map(([name, share]) => [`owned by ${name}`, inPercent(share)]), ['unclaimed', inPercent(ownership.unclaimed)]]);
}
