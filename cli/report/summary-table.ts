/** The test results method by method, and how each compares with single-task learning: what `lazygrad compare` prints. */
import type { Spread } from '../../analysis/spread.ts';
import { isBetter, METRICS } from '../../analysis/metrics.ts';
import type { MetricName } from '../../analysis/metrics.ts';
import type { ComparisonRow } from '../../experiments/comparison.ts';
import { BASELINE } from '../../methods/index.ts';
import { rowsOf } from '../comparison.ts';
import type { Outcome } from '../comparison.ts';
import { differenceFigure } from './difference-chart.ts';
import { differenceCell } from './difference.ts';
import type { Block, Cell, Figure, Table } from './document.ts';
import { inMetric, inSeconds, metricTitle, signed } from './format.ts';
import { commonMetric, metricOf } from './judged-by.ts';
import { endOf } from './run-record.ts';
import type { Series } from './series.ts';

const PASSES = 'forward passes of training for each batch that was read. How many batches are read is the method\'s own: joint steps go through short tasks again, and linear mode connectivity reads all tasks so far again on its lines';

interface Column {
  readonly title: string;
  readonly metric: MetricName;
  readonly of: (row: ComparisonRow | undefined) => Spread | undefined;
}

export function summary(all: readonly Series[], tasks: readonly string[]): Block[] {
  const runs = all.flatMap((series) => series.runs);
  const rows = new Map(rowsOf(new Map(all.map(({ label, runs }) => [label, finished(runs)] as const).filter(([, list]) => list.length > 0))).map((row) => [row.method, row]));
  const judged = tasks.map((task) => ({ task, metric: metricOf(runs, task) }));
  const common = commonMetric(judged.map(({ metric }) => metric));
  const columns: readonly Column[] = [
    ...judged.map(({ task, metric }): Column => ({ title: common ? task : `${task}, ${metricTitle(metric)}`, metric, of: (row) => row?.tasks[task] })),
    ...common ? [{ title: 'average', metric: common, of: (row: ComparisonRow | undefined) => row?.average }] : [],
  ];
  const best = columns.map(({ metric, of }) => all.map(({ label }) => of(rows.get(label))?.mean ?? NaN).reduce((a, b) => isBetter(metric, b, a) ? b : a, NaN));
  const result = (metric: MetricName, spread: Spread | undefined, bestMean: number | undefined): Cell => {
    const text = spread && !Number.isNaN(spread.sd) ? `${inMetric(metric, spread.mean)} ± ${inMetric(metric, spread.sd)}` : inMetric(metric, spread?.mean);
    return all.length > 1 && spread && spread.mean === bestMean ? { text, mark: 'best' } : text;
  };
  const compared = [...rows.values()].some(({ versusSingleTask }) => versusSingleTask !== null);
  const average = common !== null && compared;
  const difference = (row: ComparisonRow | undefined): Cell[] => average ? [differenceCell(row?.versusSingleTask ?? null, (value) => signed(common, value))] : [];
  const notes = [
    ...common && METRICS[common].share ? ['In percent.'] : [],
    ...all.some((series) => series.runs.length > 1) ? ['Mean ± standard deviation over the seeds.'] : [],
    ...average ? [`Against ${BASELINE}: of the averages, seed by seed; positive is better. Negative transfer: the whole interval lies below 0.`] : [],
    `Passes: ${PASSES}. Wall time is that of one run.`,
  ];
  return [
    { kind: 'note', text: notes.join(' ') },
    {
      kind: 'table', table: {
        caption: 'Method by method',
        columns: ['method', ...columns.map(({ title }) => title), ...average ? [`against ${BASELINE} (95 %)`] : [], 'passes', 'wall seconds'],
        meanings: { passes: PASSES },
        rows: all.map(({ label, stroke }) => {
          const row = rows.get(label);
          return { head: label, stroke, cells: [...columns.map(({ metric, of }, i) => result(metric, of(row), best[i])), ...difference(row), row?.passes.toFixed(1) ?? '–', inSeconds(row?.seconds)] };
        }),
      },
    },
    ...average ? [{ kind: 'figure' as const, figure: differences([...rows.values()], common) }] : [],
    ...compared && judged.length > 1 ? [{ kind: 'table' as const, table: taskByTask([...rows.values()], judged) }] : [],
  ];
}

/** Where the average gains, a task may lose. */
function taskByTask(rows: readonly ComparisonRow[], judged: readonly { readonly task: string; readonly metric: MetricName }[]): Table {
  return {
    caption: `Against ${BASELINE}, task by task (95 % each)`,
    columns: ['method', ...judged.map(({ task, metric }) => `${task} (${METRICS[metric].share ? 'points' : METRICS[metric].label})`)],
    rows: rows.flatMap(({ method, versusSingleTask, tasks }) => versusSingleTask === null ? [] : [{
      head: method, cells: judged.map(({ task, metric }) => differenceCell(tasks[task]?.versusSingleTask ?? null, (value) => signed(metric, value))),
    }]),
  };
}

/** What the comparison needs to know of runs that ended. */
const finished = (runs: Series['runs']): Outcome[] =>
  runs.flatMap((run) => {
    const end = endOf(run);
    return end ? [{ ...end, seed: run.config.seed }] : [];
  });

function differences(rows: readonly ComparisonRow[], common: MetricName): Figure {
  const against = rows.flatMap(({ method, versusSingleTask }) => versusSingleTask ? [{ label: method, ours: versusSingleTask }] : []);
  return differenceFigure(BASELINE, METRICS[common].share ? 'points' : METRICS[common].label, against, (value) => signed(common, value));
}
