/** A matrix as coloured cells with their values in them. */
import * as Plot from '@observablehq/plot';
import type { Matrix } from './analysis.ts';
import type { Chart, Table } from './document.ts';
import { draw } from './plot.ts';

const CELL = 46;
/** More would drown the value that stands on it. */
const MOST_COLOUR = 0.62;
const LETTER = 6.6;

const two = (value: number): string => Number.isNaN(value) ? '–' : value.toFixed(2);

/** @param matrix of values in [-1, 1]; 0 has the colour of the ground */
export function heatMap(what: Pick<Chart, 'name' | 'description' | 'title'>, { rows, columns, values }: Matrix): Chart {
  const cells = rows.flatMap((row, i) => columns.map((column, j) => ({ i, j, row, column, value: values[i]?.[j] ?? NaN })));
  const longest = (names: readonly string[]): number => LETTER * Math.max(0, ...names.map((name) => name.length));
  // Names that are wider than their columns are slanted.
  const slanted = longest(columns) > CELL - 6;
  const left = Math.ceil(Math.max(16 + longest(rows), slanted ? 0.71 * longest(columns.slice(0, 1)) : 0));
  const bottom = Math.ceil(slanted ? 20 + 0.71 * longest(columns) : 26);
  const right = 16;
  const strength = (value: number): number => Number.isNaN(value) ? 0 : Math.min(1, Math.abs(value)) * MOST_COLOUR;
  return draw(what, {
    width: left + CELL * columns.length + right, height: 8 + CELL * rows.length + bottom, marginLeft: left, marginRight: right, marginTop: 8, marginBottom: bottom,
    x: { label: null, domain: columns.map((_, j) => j), tickSize: 0, tickFormat: (j: number) => columns[j] ?? '', padding: 0, ...slanted ? { tickRotate: -45 } : {} },
    y: { label: null, domain: rows.map((_, i) => i), tickSize: 0, tickFormat: (i: number) => rows[i] ?? '', padding: 0 },
    marks: [
      Plot.cell(cells, { x: 'j', y: 'i', fill: ({ value }: { value: number }) => value < 0 ? 'var(--negative)' : 'var(--positive)', fillOpacity: ({ value }: { value: number }) => strength(value), stroke: 'var(--rule)', inset: 0.5 }),
      Plot.text(cells, { x: 'j', y: 'i', text: ({ value }: { value: number }) => two(value), fill: 'var(--ink)' }),
      Plot.cell(cells, { x: 'j', y: 'i', fill: 'transparent', className: 'hover', title: ({ row, column, value }: { row: string; column: string; value: number }) => `${row} and ${column}: ${value.toFixed(4)}` }),
    ],
  });
}

export function matrixTable(caption: string, { rows, columns, values }: Matrix): Table {
  return { caption, columns: ['', ...columns], rows: rows.map((row, i) => ({ head: row, cells: columns.map((_, j) => (values[i]?.[j] ?? NaN).toFixed(4)) })) };
}
