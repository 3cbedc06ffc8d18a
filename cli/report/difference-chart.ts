/** How much better than single-task learning each method is, as a chart. */
import * as Plot from '@observablehq/plot';
import { differenceText, hasInterval } from './difference.ts';
import type { Against, Format } from './difference.ts';
import type { Chart, Figure, LegendItem } from './document.ts';
import { draw } from './plot.ts';

const OURS = 'var(--series-0)';
const PAPER = 'var(--series-1)';

/** @param baseline what is compared with @param unit of the differences */
export function differenceFigure(baseline: string, unit: string, rows: readonly Against[], format: Format): Figure {
  const told = rows.some(({ paper }) => typeof paper === 'number');
  const shown = (value: number | null | undefined): string => format(value ?? NaN) || '–';
  return {
    title: 'Against single-task learning', legend: legend(rows),
    charts: [differenceChart({ name: `against ${baseline}`, description: `Difference to ${baseline} on average over the tasks, by method${told ? ', here and in the paper' : ''}` }, `difference to ${baseline}, average (${unit})`, rows, format)],
    tables: [{
      caption: `Difference to ${baseline} on average (${unit})`, columns: ['method', ...told ? ['paper'] : [], 'here', 'from (95 %)', 'to (95 %)'],
      rows: rows.map(({ label, paper, ours }) => ({ head: label, cells: [...told ? [shown(paper)] : [], shown(ours?.mean), shown(ours?.low), shown(ours?.high)] })),
    }],
  };
}

const legend = (rows: readonly Against[]): LegendItem[] => [
  { label: rows.some(({ ours }) => ours !== null && hasInterval(ours)) ? 'here, with its 95 % interval' : 'here', mark: OURS },
  ...rows.some(({ paper }) => typeof paper === 'number') ? [{ label: 'in the paper', mark: PAPER }] : [],
];

/** A point and an interval for each method, left of the rule what is worse. @param axis what is drawn, with its unit */
function differenceChart(what: Pick<Chart, 'name' | 'description'>, axis: string, rows: readonly Against[], format: Format): Chart {
  const found = rows.flatMap(({ label, ours }) => ours && Number.isFinite(ours.mean) ? [{ label, ...ours }] : []);
  const intervals = found.filter(hasInterval);
  const paper = rows.flatMap(({ label, paper }) => typeof paper === 'number' ? [{ label, paper }] : []);
  // Beside each other, so that neither hides the other.
  const dy = paper.length > 0 ? 5 : 0;
  const names = rows.map(({ label }) => label);
  const ends = [0, ...found.map(({ mean }) => mean), ...intervals.flatMap(({ low, high }) => [low, high]), ...paper.map((row) => row.paper)];
  const title = ({ label, ours, paper }: Against): string => [label, `here: ${ours ? differenceText(ours, format) : '–'}`, ...typeof paper === 'number' ? [`paper: ${format(paper)}`] : []].join('\n');
  return draw(what, {
    width: 560, height: 58 + 28 * rows.length, marginLeft: Math.min(220, 20 + 6.6 * Math.max(0, ...names.map((name) => name.length))), marginRight: 24, marginTop: 6, marginBottom: 42,
    x: { label: axis, labelArrow: 'none', labelAnchor: 'center', domain: [Math.min(...ends), Math.max(...ends)], nice: true, ticks: 6, tickSize: 0, grid: true, tickFormat: (value: number) => format(value).replace(/\.0+$/, '') },
    y: { label: null, domain: names, tickSize: 0 },
    marks: [
      Plot.ruleX([0], { stroke: 'var(--quiet)', strokeWidth: 1.5 }),
      Plot.ruleY(intervals, { y: 'label', x1: 'low', x2: 'high', stroke: OURS, strokeWidth: 3, strokeLinecap: 'round', dy }),
      Plot.dot(found, { y: 'label', x: 'mean', fill: OURS, r: 5, dy }),
      Plot.dot(paper, { y: 'label', x: 'paper', symbol: 'diamond', fill: PAPER, r: 5, dy: -dy }),
      Plot.barX(rows, { y: 'label', x1: Math.min(...ends), x2: Math.max(...ends), fill: 'transparent', className: 'hover', title }),
    ],
  });
}
