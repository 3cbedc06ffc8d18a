/** Loss and accuracy against the epoch, one line per series. */
import * as Plot from '@observablehq/plot';
import { at, epochsIn, lossCurve, validationCurve, type Point } from './curves.ts';
import { inPercent, loss, percent } from './format.ts';
import type { Html } from './html.ts';
import { draw, epochScale, hoverBands, MOST_MARKS, SIZE } from './plot.ts';
import type { Series } from './series.ts';

interface Line {
  readonly series: Series;
  readonly points: readonly Point[];
}

export const lossChart = (task: string, all: readonly Series[]): Html =>
  lineChart(`Training loss on ${task} against the epoch`, 'training loss (nats)', loss, all.map((series) => ({ series, points: lossCurve(series, task) })), () => ({ zero: true }));

export const validationChart = (task: string, all: readonly Series[]): Html =>
  lineChart(`Validation accuracy on ${task} against the epoch`, 'validation accuracy (%)', percent, all.map((series) => ({ series, points: validationCurve(series, task) })), shareScale);

/** Zooms in on the values, but not so far that a percent looks like a leap. */
function shareScale(points: readonly Point[]): Plot.ScaleOptions {
  const low = Math.min(...points.map((point) => point.low).filter(Number.isFinite));
  const high = Math.max(...points.map((point) => point.high).filter(Number.isFinite));
  const tickFormat = (share: number): string => inPercent(share, high - low < 0.05 ? 1 : 0);
  return { domain: low <= high ? [Math.max(0, low - 0.02), Math.min(1, high + 0.02)] : [0, 1], tickFormat };
}

function lineChart(description: string, label: string, format: (value: number | undefined) => string, lines: readonly Line[], scale: (points: readonly Point[]) => Plot.ScaleOptions): Html {
  const points = lines.flatMap((line) => line.points);
  const epochs = epochsIn(points);
  const tooltip = (epoch: number): string =>
    [`epoch ${epoch}`, ...lines.map(({ series, points }) => `${series.label}: ${format(at(points, epoch)?.mean)}`)].join('\n');
  return draw(description, {
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
