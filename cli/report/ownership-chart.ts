/** What a task owns, what is protected from it and what nobody owns yet: together, all shared parameters. */
import * as Plot from '@observablehq/plot';
import { at, epochsIn, shareCurve, SHARES } from './curves.ts';
import { inPercent, percent } from './format.ts';
import type { Html } from './html.ts';
import { draw, epochScale, hoverBands, MOST_MARKS, SIZE } from './plot.ts';
import type { Series } from './series.ts';

export function ownershipChart(task: string, series: Series): Html {
  const curves = SHARES.map((share) => ({ share, points: shareCurve(series, task, share) }));
  const bars = curves.flatMap(({ share, points }) => points.map(({ epoch, mean }) => ({ share, mean, from: epoch - 0.5, to: epoch + 0.5 })));
  const epochs = epochsIn(curves.flatMap((line) => line.points));
  const tooltip = (epoch: number): string =>
    [`epoch ${epoch}`, ...curves.map(({ share, points }) => `${share}: ${percent(at(points, epoch)?.mean, 1)}`)].join('\n');
  return draw(`Ownership of the shared parameters under ${series.label}, seen by ${task}, against the epoch`, {
    ...SIZE,
    width: 340,
    height: 230,
    x: epochScale(epochs),
    y: { label: 'shared parameters (%)', labelArrow: 'none', tickSize: 0, domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: (share: number) => inPercent(share, 0) },
    color: { domain: SHARES, range: SHARES.map((share) => `var(--${share})`) },
    marks: [
      Plot.rectY(bars, { x1: 'from', x2: 'to', y: 'mean', fill: 'share', order: [...SHARES], insetLeft: epochs.length <= MOST_MARKS ? 1 : 0, shapeRendering: 'crispEdges' }),
      hoverBands(epochs, tooltip),
    ],
  });
}
