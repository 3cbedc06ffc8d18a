/** Numbers against numbers, one line each; and the table of them. */
import * as Plot from '@observablehq/plot';
import type * as Experiments from '../../experiments/experiment.ts';
import type { Chart, LegendItem, Table } from './document.ts';
import { strokeOf } from './palette.ts';
import { draw, MOST_MARKS, SIZE } from './plot.ts';

type Line = Experiments.Line;

const short = (value: number | undefined): string => value === undefined ? '–' : Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
const positions = (lines: readonly Line[]): number[] => [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
const at = ({ points }: Line, x: number): number | undefined => points.find(([other]) => other === x)?.[1];

export function xyChart({ title, x, y, lines }: Experiments.Chart): Chart {
  const all = positions(lines);
  const half = ((all[1] ?? 1) - (all[0] ?? 0)) / 2;
  return draw({ name: title, description: `${title}: ${y} against the ${x}`, title }, {
    ...SIZE,
    marginLeft: 56,
    x: { label: x, labelArrow: 'none', labelAnchor: 'center', ticks: 6, tickSize: 0 },
    y: { label: y, labelArrow: 'none', nice: true, grid: true, zero: true, ticks: 5, tickSize: 0 },
    marks: [
      ...lines.flatMap(({ points }, i) => [
        Plot.lineY(points, { x: '0', y: '1', stroke: strokeOf(i).colour, strokeWidth: 2.25, strokeDasharray: strokeOf(i).dash }),
        points.length <= MOST_MARKS ? Plot.dot(points, { x: '0', y: '1', fill: strokeOf(i).colour, r: 3 }) : null,
      ]),
      Plot.rect(all, { x1: (place: number) => place - half, x2: (place: number) => place + half, title: (place: number) => [`${x} ${place}`, ...lines.map((line) => `${line.label}: ${short(at(line, place))}`)].join('\n'), fill: 'transparent', className: 'hover' }),
    ],
  });
}

export const xyLegend = (lines: readonly Line[]): LegendItem[] => lines.map(({ label }, i) => ({ label, mark: strokeOf(i) }));

export const xyTable = ({ title, x, lines }: Experiments.Chart): Table => ({
  caption: title, columns: [x, ...lines.map(({ label }) => label)],
  rows: positions(lines).map((place) => ({ head: String(place), cells: lines.map((line) => short(at(line, place))) })),
});
