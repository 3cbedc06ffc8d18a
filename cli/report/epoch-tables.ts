/** The numbers behind the curves: one row an epoch. */
import { at, epochsIn, foundCurve, lossCurve, shareCurve, validationCurve, type Point } from './curves.ts';
import { METRICS } from '../../analysis/metrics.ts';
import type { Table } from './document.ts';
import { inMetric, inPercent, loss, metricTitle } from './format.ts';
import { metricOf } from './judged-by.ts';
import { taskNames, type Series } from './series.ts';

export function taskTable(all: readonly Series[], task: string): Table {
  const metric = metricOf(all.flatMap(({ runs }) => runs), task);
  return epochTable(
    `Loss and validation ${METRICS[metric].label} on ${task}`,
    all.map(({ label }) => ({ title: label, columns: ['loss', metricTitle(metric)] })),
    all.flatMap((series) => [{ points: lossCurve(series, task), format: loss }, { points: validationCurve(series, task), format: (value) => inMetric(metric, value) }]),
  );
}

export function ownershipTable(series: Series): Table {
  const tasks = taskNames(series.runs);
  const share = (points: readonly Point[]): Curve => ({ points, format: (value) => inPercent(value, 1) });
  return epochTable(
    `Ownership under ${series.label} (%)`,
    [...tasks.map((task) => ({ title: task, columns: ['owned', 'protected', 'sensitive', 'of these, owned by another'] })), { title: 'all tasks', columns: ['unclaimed'] }],
    [
      ...tasks.flatMap((task) => [shareCurve(series, task, 'owned'), shareCurve(series, task, 'protected'), foundCurve(series, task, 'selected'), foundCurve(series, task, 'conflict')].map(share)),
      share(shareCurve(series, tasks[0] ?? '', 'unclaimed')),
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

/** One column a curve. */
function epochTable(caption: string, groups: readonly Group[], curves: readonly Curve[]): Table {
  return {
    caption, groups: groups.map(({ title, columns }) => ({ title, span: columns.length })), columns: ['epoch', ...groups.flatMap(({ columns }) => columns)],
    rows: epochsIn(curves.flatMap(({ points }) => points)).map((epoch) => ({ head: String(epoch), cells: curves.map(({ points, format }) => format(at(points, epoch)?.mean)) })),
  };
}
