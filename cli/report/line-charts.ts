/** Loss and metric against the epoch, one line per series. */
import * as Plot from '@observablehq/plot';
import { METRICS } from '../../analysis/metrics.ts';
import type { MetricName } from '../../analysis/metrics.ts';
import { at, epochsIn, lossCurve, validationCurve, type Point } from './curves.ts';
import { inPercent, loss, metricTitle, metricValue } from './format.ts';
import type { Chart } from './document.ts';
import { metricOf } from './judged-by.ts';
import { draw, epochScale, hoverBands, MOST_MARKS, SIZE } from './plot.ts';
import type { Series } from './series.ts';

interface Line {
  readonly series: Series;
  readonly points: readonly Point[];
}

const judge = (task: string, all: readonly Series[]): MetricName => metricOf(all.flatMap(({ runs }) => runs), task);

export const lossChart = (task: string, all: readonly Series[]): Chart =>
  lineChart({ name: `loss ${task}`, description: `Training loss on ${task} against the epoch` }, `training loss${judge(task, all) === 'rmse' ? '' : ' (nats)'}`, loss, all.map((series) => ({ series, points: lossCurve(series, task) })), () => ({ zero: true }));

export function validationChart(task: string, all: readonly Series[]): Chart {
  const metric = judge(task, all);
  const lines = all.map((series) => ({ series, points: validationCurve(series, task) }));
  const { share, unit } = METRICS[metric];
  const scale = share ? shareScale : unit ? unitScale : (): Plot.ScaleOptions => ({});
  return lineChart({ name: `validation ${task}`, description: `Validation ${METRICS[metric].label} on ${task} against the epoch` }, `validation ${metricTitle(metric)}`, (value) => metricValue(metric, value), lines, scale);
}

/** What can only lie in [0, 1]: zooms in on the values, but not so far that a hundredth looks like a leap. */
function unitScale(points: readonly Point[]): { readonly domain: [number, number] } {
  const low = Math.min(...points.map((point) => point.low).filter(Number.isFinite));
  const high = Math.max(...points.map((point) => point.high).filter(Number.isFinite));
  return { domain: low <= high ? [Math.max(0, low - 0.02), Math.min(1, high + 0.02)] : [0, 1] };
}

/** The same in percent. */
function shareScale(points: readonly Point[]): Plot.ScaleOptions {
  const { domain } = unitScale(points);
  return { domain, tickFormat: (share: number) => inPercent(share, domain[1] - domain[0] < 0.09 ? 1 : 0) };
}

function lineChart(what: Pick<Chart, 'name' | 'description'>, label: string, format: (value: number | undefined) => string, lines: readonly Line[], scale: (points: readonly Point[]) => Plot.ScaleOptions): Chart {
  const points = lines.flatMap((line) => line.points);
  const epochs = epochsIn(points);
  const tooltip = (epoch: number): string =>
    [`epoch ${epoch}`, ...lines.map(({ series, points }) => `${series.label}: ${format(at(points, epoch)?.mean)}`)].join('\n');
  return draw(what, {
    ...SIZE,
    x: epochScale(epochs),
    y: { label, labelArrow: 'none', nice: true, grid: true, ticks: 5, tickSize: 0, ...scale(points) },
    marks: [
      ...lines.flatMap(({ series: { runs, stroke }, points }) => [
        runs.length > 1 ? Plot.areaY(points, { x: 'epoch', y1: 'low', y2: 'high', fill: stroke.colour, fillOpacity: 0.2 }) : null,
        Plot.lineY(points, { x: 'epoch', y: 'mean', stroke: stroke.colour, strokeWidth: 2.25, strokeDasharray: stroke.dash }),
        epochs.length <= MOST_MARKS ? Plot.dot(points, { x: 'epoch', y: 'mean', fill: stroke.colour, r: 3 }) : null,
      ]),
      hoverBands(epochs, tooltip),
    ],
  });
}
