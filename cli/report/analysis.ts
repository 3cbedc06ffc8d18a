/** What was measured on a trained model, as kept in `analysis.json` of its run. */
import type { Similarities } from '../../analysis/similarity.ts';
import type { Compared, Readings } from '../../experiments/representations.ts';
import { items, names, number, numbers, record, text, wrong } from './checked.ts';

export interface Matrix {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Row by row, in [-1, 1]; NaN (in JSON: null) where there is no value. */
  readonly values: readonly (readonly number[])[];
}

/** A step of each task; matrices have rows by the task that is affected and columns by the task that steps. */
export interface Steps {
  readonly tasks: readonly string[];
  readonly lr: number;
  /** Whether steps are scaled by the method's masks. */
  readonly masked: boolean;
  readonly cosines: Matrix['values'];
  /** Changes of the losses: to first order, and as they are. */
  readonly predicted: Matrix['values'];
  readonly realised: Matrix['values'];
  readonly curvatures: Matrix['values'];
}

/** Readings of figure 3, and how many samples a batch has. */
export interface Likeness extends Readings {
  readonly size: number;
}

export interface RunAnalysis {
  /** Cosines between the gradients of the tasks' losses in the shared parameters. */
  readonly gradientCosines?: { readonly tasks: readonly string[]; readonly values: Matrix['values'] };
  /** How alike representations are, by centred kernel alignment, in [0, 1]. */
  readonly cka?: readonly (Matrix & { readonly title: string })[];
  readonly steps?: Steps;
  /** Distances between what experts make of the same samples, and their mean: see `expertDiversity`. */
  readonly experts?: readonly (Matrix & { readonly title: string; readonly diversity: number })[];
  /** To single-task learning with the same seed. */
  readonly likeness?: Likeness;
}

/** @param found as read from JSON, null for NaN or NaN itself @throws DataError naming the part that is not as `RunAnalysis` says */
export function checkAnalysis(found: unknown, file: string): RunAnalysis {
  const { gradientCosines, cka, steps, experts, likeness } = record(found, file, 'the document');
  return {
    ...gradientCosines === undefined ? {} : { gradientCosines: cosines(gradientCosines, file) },
    ...cka === undefined ? {} : { cka: items(cka, file, 'cka').map((each, i) => alignment(each, file, `cka[${i}]`)) },
    ...steps === undefined ? {} : { steps: stepsOf(steps, file) },
    ...experts === undefined ? {} : { experts: items(experts, file, 'experts').map((each, i) => ({ ...alignment(each, file, `experts[${i}]`), diversity: number(record(each, file, `experts[${i}]`).diversity, file, `experts[${i}].diversity`, 1) })) },
    ...likeness === undefined ? {} : { likeness: likenessOf(likeness, file) },
  };
}

function cosines(found: unknown, file: string): NonNullable<RunAnalysis['gradientCosines']> {
  const given = record(found, file, 'gradientCosines');
  const tasks = names(given.tasks, file, 'gradientCosines.tasks');
  return { tasks, values: numbers(given.values, file, 'gradientCosines.values', tasks.length, tasks.length, 1) };
}

function alignment(found: unknown, file: string, where: string): NonNullable<RunAnalysis['cka']>[number] {
  const given = record(found, file, where);
  const title = text(given.title, file, `${where}.title`);
  const rows = names(given.rows, file, `${where}.rows`);
  const columns = names(given.columns, file, `${where}.columns`);
  return { title, rows, columns, values: numbers(given.values, file, `${where}.values`, rows.length, columns.length, 1) };
}

function stepsOf(found: unknown, file: string): Steps {
  const given = record(found, file, 'steps');
  const tasks = names(given.tasks, file, 'steps.tasks');
  const matrix = (name: 'cosines' | 'predicted' | 'realised' | 'curvatures', most?: number): number[][] => numbers(given[name], file, `steps.${name}`, tasks.length, tasks.length, most);
  if (typeof given.masked !== 'boolean') throw wrong(file, 'steps.masked', 'true or false', given.masked);
  return { tasks, lr: number(given.lr, file, 'steps.lr'), masked: given.masked, cosines: matrix('cosines', 1), predicted: matrix('predicted'), realised: matrix('realised'), curvatures: matrix('curvatures') };
}

function likenessOf(found: unknown, file: string): Likeness {
  const given = record(found, file, 'likeness');
  return {
    size: number(given.size, file, 'likeness.size'),
    same: items(given.same, file, 'likeness.same').map((each, i) => comparedOf(each, file, `likeness.same[${i}]`)),
    pairs: items(given.pairs, file, 'likeness.pairs').map((each, i) => {
      const where = `likeness.pairs[${i}]`;
      const pair = record(each, file, where);
      const [shared, alone, ...more] = items(pair.compared, file, `${where}.compared`).map((one, k) => comparedOf(one, file, `${where}.compared[${k}]`));
      if (!shared || !alone || more.length > 0) throw wrong(file, `${where}.compared`, 'two comparisons', pair.compared);
      return { title: text(pair.title, file, `${where}.title`), compared: [shared, alone] };
    }),
  };
}

function comparedOf(found: unknown, file: string, where: string): Compared {
  const given = record(found, file, where);
  return {
    label: text(given.label, file, `${where}.label`),
    batches: items(given.batches, file, `${where}.batches`).map((each, i): Similarities => {
      const value = record(each, file, `${where}.batches[${i}]`);
      const of = (name: keyof Similarities): number => number(value[name], file, `${where}.batches[${i}].${name}`, 1);
      return { linearCKA: of('linearCKA'), rbfCKA: of('rbfCKA'), cca: of('cca') };
    }),
  };
}
