/** What was measured on the trained models, run by run. */
import type { Figure, Section } from './document.ts';
import { heatMap, matrixTable } from './heat-map.ts';
import type { RunRecord } from './run-record.ts';
import type { Series } from './series.ts';

/** Undefined where no run has been analysed. */
export function analysisSection(all: readonly Series[]): Section | undefined {
  const figures = all.flatMap(({ label, runs }) => runs.flatMap((run) => figuresOf(run, runs.length > 1 ? `${label}, seed ${run.config.seed}` : label)));
  if (figures.length === 0) return undefined;
  return { id: 'analysis', title: 'The trained models', blocks: figures.map((figure) => ({ kind: 'figure', figure })) };
}

function figuresOf({ analysis }: RunRecord, label: string): Figure[] {
  const { gradientCosines, cka = [] } = analysis ?? {};
  return [
    ...gradientCosines ? [cosines(gradientCosines, label)] : [],
    ...cka.length > 0 ? [{
      title: `Likeness of representations, ${label}`,
      note: 'Centred kernel alignment: 1 where two representations of the same samples differ by a rotation and a scale at most.',
      legend: [],
      charts: cka.map((matrix) => heatMap({ name: `cka ${label} ${matrix.title}`, description: `Centred kernel alignment under ${label}: ${matrix.title}`, title: matrix.title }, matrix)),
      tables: cka.map((matrix) => matrixTable(`${matrix.title}, ${label}`, matrix)),
    }] : [],
  ];
}

function cosines({ tasks, values }: NonNullable<NonNullable<RunRecord['analysis']>['gradientCosines']>, label: string): Figure {
  const matrix = { rows: tasks, columns: tasks, values };
  return {
    title: `Gradients of the tasks, ${label}`,
    note: 'Cosines between the gradients of the tasks\' losses in the shared parameters, of the trained model: below 0 the tasks pull against each other.',
    legend: [{ label: 'together', mark: 'var(--positive)' }, { label: 'against each other', mark: 'var(--negative)' }],
    charts: [heatMap({ name: `gradients ${label}`, description: `Cosines between the tasks' gradients under ${label}` }, matrix)],
    tables: [matrixTable(`Cosines between the tasks' gradients, ${label}`, matrix)],
  };
}
