/** What was measured on the trained models, run by run. */
import { rateThatHelps } from '../../analysis/step-effects.ts';
import { readingCharts } from '../../experiments/representations.ts';
import type { Figure, Section } from './document.ts';
import { heatMap, matrixTable } from './heat-map.ts';
import type { RunRecord } from './run-record.ts';
import type { Series } from './series.ts';
import type { Likeness, Steps } from './analysis.ts';
import { xyChart, xyLegend, xyTable } from './xy-chart.ts';

const COMMAND = 'lazygrad report RUNS measures finished runs where their data are at hand: cosines between the tasks\' gradients, what a step of one task does to the others, and how alike representations are.';

/** @param problems what is not measured and why */
export function analysisSection(all: readonly Series[], problems: readonly string[]): Section {
  const figures = all.flatMap(({ label, runs }) => runs.flatMap((run) => figuresOf(run, runs.length > 1 ? `${label}, seed ${run.config.seed}` : label)));
  return {
    id: 'analysis', title: 'The trained models',
    blocks: [
      ...figures.map((figure) => ({ kind: 'figure' as const, figure })),
      ...figures.length === 0 ? [{ kind: 'note' as const, text: `Not measured. ${COMMAND}` }] : [],
      ...problems.length > 0 ? [{ kind: 'list' as const, items: problems }] : [],
    ],
  };
}

function figuresOf({ analysis }: RunRecord, label: string): Figure[] {
  const { gradientCosines, cka = [], steps, experts = [], likeness } = analysis ?? {};
  return [
    ...gradientCosines ? [cosines(gradientCosines, label)] : [],
    ...steps ? [stepFigure(steps, label)] : [],
    ...cka.length > 0 ? [{
      title: `Likeness of representations, ${label}`,
      note: 'Centred kernel alignment: 1 where two representations of the same samples differ by a rotation and a scale at most.',
      legend: [],
      charts: cka.map((matrix) => heatMap({ name: `cka ${label} ${matrix.title}`, description: `Centred kernel alignment under ${label}: ${matrix.title}`, title: matrix.title }, matrix)),
      tables: cka.map((matrix) => matrixTable(`${matrix.title}, ${label}`, matrix)),
    }] : [],
    ...experts.length > 0 ? [{
      title: `Diversity of the experts, ${label}`,
      note: `Distance between what two experts make of the same samples, as a share of the largest. On average: ${experts.map(({ title, diversity }) => `${diversity.toFixed(3)} on ${title}`).join(', ')}.`,
      legend: [],
      charts: experts.map((matrix) => heatMap({ name: `experts ${label} ${matrix.title}`, description: `Distances between experts under ${label}: ${matrix.title}`, title: matrix.title }, matrix)),
      tables: experts.map((matrix) => matrixTable(`distances between experts, ${matrix.title}, ${label}`, matrix)),
    }] : [],
    ...likeness ? likenessFigures(likeness, label) : [],
  ];
}

const SIGNS: Figure['legend'] = [{ label: 'together', mark: 'var(--positive)' }, { label: 'against each other', mark: 'var(--negative)' }];

function cosines({ tasks, values }: NonNullable<NonNullable<RunRecord['analysis']>['gradientCosines']>, label: string): Figure {
  const matrix = { rows: tasks, columns: tasks, values };
  return {
    title: `Gradients of the tasks, ${label}`,
    note: 'Cosines between the gradients of the tasks\' losses in the shared parameters, of the trained model: below 0 the tasks pull against each other.',
    legend: SIGNS,
    charts: [heatMap({ name: `gradients ${label}`, description: `Cosines between the tasks' gradients under ${label}` }, matrix)],
    tables: [matrixTable(`Cosines between the tasks' gradients, ${label}`, matrix)],
  };
}

/** Diagnostics of theorems 1 and 2: see `docs/analysis.md`. */
function stepFigure({ tasks, lr, masked, cosines: values, predicted, realised, curvatures }: Steps, label: string): Figure {
  const matrix = { rows: tasks, columns: tasks, values };
  const number = (value: number | undefined): string => value === undefined || Number.isNaN(value) ? '–' : value === Infinity ? 'any' : String(Number(value.toPrecision(3)));
  return {
    title: `Steps of the tasks, ${label}`,
    note: `One step of each task (columns) from the trained model, at the learning rate ${lr}${masked ? ' and with the masks of the end of the run' : ''}: cosines between it and the gradient of the task that is affected (rows). Above 0 it helps, to first order; the table has the change of the loss as predicted and as it is.`,
    legend: SIGNS,
    charts: [heatMap({ name: `steps ${label}`, description: `Cosines between steps and gradients of the tasks under ${label}` }, matrix)],
    tables: [matrixTable(`Cosines between steps and gradients, ${label}`, matrix), {
      caption: `What a step does to a loss, ${label}`, columns: ['affected, by a step of', 'predicted change', 'change', 'curvature along it', 'helps below the rate'],
      rows: tasks.flatMap((affected, s) => tasks.map((acting, t) => {
        const effect = { predicted: predicted[s]?.[t] ?? NaN, realised: realised[s]?.[t] ?? NaN };
        return { head: `${affected}, by ${acting}`, cells: [effect.predicted, effect.realised, curvatures[s]?.[t], rateThatHelps(effect, lr)].map(number) };
      })),
    }],
  };
}

/** Figure 3 of the paper: charts of the same lines share a legend. */
function likenessFigures(likeness: Likeness, label: string): Figure[] {
  const charts = readingCharts(likeness, label);
  const groups = [charts.slice(0, 3), ...likeness.pairs.map((_, i) => charts.slice(3 * (i + 1), 3 * (i + 2)))];
  return groups.map((group, i) => ({
    title: i === 0 ? `Likeness to single-task learning, ${label}` : `Likeness of ${likeness.pairs[i - 1]?.title ?? ''}, ${label}`,
    note: `${i === 0 ? 'Representations of a task\'s test samples by the shared model, against the same by the task\'s own' : 'Representations of the same subjects as samples of the one task and of the other, by the shared model, and each by its task\'s own model'}; distributed over batches of ${likeness.size}. CCA is 1 where a batch has no more samples than the representation has numbers.`,
    legend: xyLegend(group[0]?.lines ?? []), charts: group.map((chart) => ({ ...xyChart(chart), name: `${label} ${chart.title}` })), tables: group.map(xyTable),
  }));
}
