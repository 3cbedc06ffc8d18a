/** What a task owns, what is protected from it and what nobody owns yet: together, all shared parameters. Over them, what was sensitive for it. */
import * as Plot from '@observablehq/plot';
import { at, epochsIn, foundCurve, shareCurve, SHARES } from './curves.ts';
import type { Chart, LegendItem } from './document.ts';
import { inPercent, percent } from './format.ts';
import { draw, epochScale, hoverBands, MOST_MARKS, SIZE } from './plot.ts';
import type { Series } from './series.ts';

const SENSITIVE = { colour: 'var(--ink)', dash: 'none' };
const MEANING = { owned: 'owned by the task', protected: 'protected from it: owned by another', unclaimed: 'unclaimed' };

export const OWNERSHIP_LEGEND: readonly LegendItem[] = [
  ...SHARES.map((share) => ({ label: MEANING[share], mark: `var(--${share})` })),
  { label: 'sensitive in a step, mean over the epoch', mark: SENSITIVE },
];

export function ownershipChart(task: string, series: Series): Chart {
  const curves = SHARES.map((share) => ({ share, points: shareCurve(series, task, share) }));
  const sensitive = foundCurve(series, task, 'selected');
  const conflict = foundCurve(series, task, 'conflict');
  const bars = curves.flatMap(({ share, points }) => points.map(({ epoch, mean }) => ({ share, mean, from: epoch - 0.5, to: epoch + 0.5 })));
  const epochs = epochsIn(curves.flatMap((line) => line.points));
  const tooltip = (epoch: number): string => [
    `epoch ${epoch}`,
    ...curves.map(({ share, points }) => `${share}: ${percent(at(points, epoch)?.mean, 1)}`),
    ...sensitive.length > 0 ? [`sensitive: ${percent(at(sensitive, epoch)?.mean, 1)}`, `of these, owned by another: ${percent(at(conflict, epoch)?.mean, 1)}`] : [],
  ].join('\n');
  const line = { x: 'epoch', y: 'mean', stroke: SENSITIVE.colour };
  return draw({ name: `shares ${series.label} ${task}`, description: `Ownership of the shared parameters under ${series.label}, seen by ${task}, against the epoch`, title: task }, {
    ...SIZE,
    width: 340,
    height: 230,
    x: epochScale(epochs),
    y: { label: 'shared parameters (%)', labelArrow: 'none', tickSize: 0, domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: (share: number) => inPercent(share, 0) },
    color: { domain: SHARES, range: SHARES.map((share) => `var(--${share})`) },
    marks: [
      Plot.rectY(bars, { x1: 'from', x2: 'to', y: 'mean', fill: 'share', order: [...SHARES], insetLeft: epochs.length <= MOST_MARKS ? 1 : 0, shapeRendering: 'crispEdges' }),
      Plot.lineY(sensitive, { ...line, stroke: 'var(--ground)', strokeWidth: 5 }),
      Plot.lineY(sensitive, { ...line, strokeWidth: 2.25 }),
      epochs.length <= MOST_MARKS ? Plot.dot(sensitive, { x: 'epoch', y: 'mean', fill: SENSITIVE.colour, stroke: 'var(--ground)', r: 3.5 }) : null,
      hoverBands(epochs, tooltip),
    ],
  });
}
