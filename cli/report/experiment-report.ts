/** The report on a reproduced table or figure: its charts, its numbers beside the paper's, both settings, and what differs. */
import type * as Experiments from '../../experiments/experiment.ts';
import type { Facts, Result } from '../../experiments/experiment.ts';
import { differenceFigure } from './difference-chart.ts';
import type { Block, Figure, Report, Table } from './document.ts';
import { signed } from './format.ts';
import { xyChart, xyLegend, xyTable } from './xy-chart.ts';

export interface ExperimentFacts {
  readonly id: string;
  readonly title: string;
  readonly scale: string;
  readonly adapter: string;
  readonly lazygrad: string;
}

/** @param runs where the reports on the runs lie */
export function experimentReport({ id, title, scale, adapter, lazygrad }: ExperimentFacts, { paper, ours, against, findings = [], differences }: Result, runs: readonly string[] = []): Report {
  return {
    title: `${id}: ${title}`,
    facts: [['Source', paper.source], ['Claim', paper.claim], ['Scale', scale], ['Adapter', adapter]],
    sections: [
      {
        id: 'result', title: 'Result',
        blocks: [
          ...byLines(ours.charts).map((charts) => figure(curves(charts))),
          ...joined(paper.table, ours.table).map(table),
          ...against && against.rows.length > 0 ? [figure(differenceFigure(against.baseline, 'points', against.rows, (value) => signed('accuracy', value)))] : [],
          table(numbers(ours.numbers)),
          ...findings.length === 0 ? [] : [{ kind: 'list' as const, items: findings }],
          ...runs.map((href) => ({ kind: 'link' as const, href, text: `All runs, epoch by epoch${runs.length > 1 ? `: ${href.replace(/^runs-|\.html$/g, '')}` : ''}` })),
        ],
      },
      { id: 'setting', title: 'Setting', blocks: [table(settings(paper.setting, ours.setting))] },
      { id: 'differences', title: 'What differs from the paper', blocks: [{ kind: 'list', items: differences }] },
    ],
    footer: `Made by lazygrad ${lazygrad}.`,
  };
}

const figure = (of: Figure): Block => ({ kind: 'figure', figure: of });
const table = (of: Table): Block => ({ kind: 'table', table: of });

/** Charts that follow one another and are of the same lines share a legend. */
function byLines(charts: readonly Experiments.Chart[]): Experiments.Chart[][] {
  const groups: Experiments.Chart[][] = [];
  const labels = ({ lines }: Experiments.Chart): string => JSON.stringify(lines.map(({ label }) => label));
  for (const chart of charts) {
    const last = groups.at(-1);
    if (last?.[0] && labels(last[0]) === labels(chart)) last.push(chart);
    else groups.push([chart]);
  }
  return groups;
}

const curves = (charts: readonly Experiments.Chart[]): Figure => ({ title: 'Curves', legend: xyLegend(charts[0]?.lines ?? []), charts: charts.map(xyChart), tables: charts.map(xyTable) });

type Spreads = Experiments.Table;

/** One table where both have the same columns; else one each. */
function joined(paper: Spreads | undefined, ours: Spreads | undefined): Table[] {
  if (!paper || ours?.columns.join('\n') !== paper.columns.join('\n')) return [...paper ? [spreads('In the paper', paper)] : [], ...ours ? [spreads('Here', ours)] : []];
  const methods = [...new Set([...paper.rows, ...ours.rows].map(({ label }) => label))];
  const values = (of: Spreads, method: string): Spreads['rows'][number]['values'] => of.rows.find(({ label }) => label === method)?.values ?? [];
  return [{
    caption: 'In the paper and here, mean ± standard deviation', groups: paper.columns.map((title) => ({ title, span: 2 })), columns: ['', ...paper.columns.flatMap(() => ['paper', 'here'])],
    rows: methods.map((method) => ({ head: method, cells: paper.columns.flatMap((_, i) => [values(paper, method)[i], values(ours, method)[i]].map(spreadText)) })),
  }];
}

const spreads = (caption: string, { columns, rows }: Spreads): Table => ({ caption, columns: ['', ...columns], rows: rows.map(({ label, values }) => ({ head: label, cells: values.map(spreadText) })) });

const spreadText = (value: Spreads['rows'][number]['values'][number] | undefined): string => !value ? '–' : `${value.mean.toFixed(4)}${Number.isNaN(value.sd) ? '' : ` ± ${value.sd.toFixed(4)}`}`;

const shown = (value: string | number | undefined): string => value === undefined || Number.isNaN(value) ? '–' : typeof value === 'number' ? String(Number(value.toPrecision(6))) : value;

function numbers(of: Readonly<Record<string, Facts>>): Table {
  const columns = [...new Set(Object.values(of).flatMap((facts) => Object.keys(facts)))];
  return { caption: 'Numbers', columns: ['', ...columns], rows: Object.entries(of).map(([label, facts]) => ({ head: label, cells: columns.map((column) => shown(facts[column])) })) };
}

function settings(paper: Facts, ours: Facts): Table {
  const names = [...new Set([...Object.keys(paper), ...Object.keys(ours)])];
  return { caption: 'Setting', words: true, columns: ['', 'paper', 'here'], rows: names.map((name) => ({ head: name, cells: [shown(paper[name]), shown(ours[name])] })) };
}
