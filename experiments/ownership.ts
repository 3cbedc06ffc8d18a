/** Figures 1 (right) and A1: which share of the shared parameters each task updates, owns and finds taken, epoch by epoch. */
import type { EpochEvent } from '../methods/index.ts';
import type { ComparisonPlan } from './comparison.ts';
import type { Chart, Experiment, Facts, Line, Trained } from './experiment.ts';
import { factsOf, figurePlan, trainedOf } from './figure-plans.ts';
import { settingDifferences } from './group-plans.ts';
import { settingOf, sourceOf } from './paper.ts';

function chart(title: string, y: string, tasks: readonly string[], epochs: readonly EpochEvent[], value: (epoch: EpochEvent, task: number) => number | undefined): Chart {
  return { title, x: 'epoch', y, lines: tasks.map((label, i): Line => ({ label, points: epochs.map((event) => [event.epoch, value(event, i) ?? NaN] as const) })) };
}

/** Shares of the trunk's parameters. */
export function ownershipCharts(tasks: readonly string[], epochs: readonly EpochEvent[], of = ''): Chart[] {
  return [
    chart(`${of}updated in a step`, 'share', tasks, epochs, ({ sensitivity }, i) => sensitivity?.selected[i]),
    chart(`${of}owned by the task`, 'share', tasks, epochs, ({ ownership }, i) => ownership?.owned[i]),
    chart(`${of}protected from the task`, 'share', tasks, epochs, ({ ownership }, i) => ownership?.protected[i]),
    chart(`${of}updated, of another task`, 'share of the updated', tasks, epochs, ({ sensitivity }, i) => sensitivity?.conflict[i]),
  ];
}

const scores = (title: string, tasks: readonly string[], { epochs }: Trained): Chart => chart(title, 'validation', tasks, epochs, ({ tasks: of }, i) => of[i]?.validation);

function numbersOf(tasks: readonly string[], { epochs, end }: Trained): Record<string, Facts> {
  const last: Partial<Pick<EpochEvent, 'ownership' | 'sensitivity'>> = epochs.at(-1) ?? {};
  return Object.fromEntries(tasks.map((name, i) => [name, {
    'updated in a step': last.sensitivity?.selected[i] ?? NaN, owned: last.ownership?.owned[i] ?? NaN, protected: last.ownership?.protected[i] ?? NaN,
    'of another task': last.sensitivity?.conflict[i] ?? NaN, unclaimed: last.ownership?.unclaimed ?? NaN, test: end.tasks[i]?.test ?? NaN,
  }]));
}

const UPDATED = 'The paper does not say what it counts as updated: here the mean share of sensitive parameters over an epoch\'s steps; beside it what a task owns at the epoch\'s end, and what others own.';
const CLAIM = 'Tasks take more and more of the shared parameters as training goes on, and more are protected.';

/** One group of a figure. */
interface Part {
  readonly title: string;
  readonly tasks: readonly string[];
  readonly trained: Trained;
  readonly plan: ComparisonPlan;
}

const tasksOf = ({ end }: Trained): string[] => end.tasks.map(({ name }) => name);

export const ownershipFigure: Experiment = {
  id: 'figure-1',
  title: 'patient care: validation scores, and who owns which share of the parameters',
  async run(laboratory) {
    using _scope = laboratory.device.scope();
    const { scale, seed } = laboratory;
    const plan = figurePlan('patient-care', ['apo', 'stl'], laboratory);
    const trained = await laboratory.train(plan);
    if (!trained) return null;
    const [shared, alone] = [trainedOf(trained, 'apo'), trainedOf(trained, 'stl')];
    const tasks = tasksOf(shared);
    return {
      paper: { source: sourceOf('figure 1 (right)'), setting: settingOf('patient-care', 'MIMIC-III'), claim: `${CLAIM} APO's validation scores are beside those of single-task learning.` },
      ours: {
        setting: { ...factsOf(plan, 'apo'), seed },
        charts: [scores('APO', tasks, shared), scores('single-task learning', tasks, alone), ...ownershipCharts(tasks, shared.epochs)],
        numbers: { ...numbersOf(tasks, shared), ...Object.fromEntries(tasks.map((name, i) => [`${name} alone`, { test: alone.end.tasks[i]?.test ?? NaN }])) },
      },
      findings: findingsOf([{ tasks, trained: shared }]),
      differences: [UPDATED, 'One run; the paper says nothing of several.', ...settingDifferences('patient-care', ['apo', 'stl'], scale)],
    };
  },
};

export const ownershipFigureOfBoth: Experiment = {
  id: 'figure-a1',
  title: 'notes and patient care: share of the parameters that each task updates',
  async run(laboratory) {
    using _scope = laboratory.device.scope();
    const { scale, seed } = laboratory;
    const groups = [{ group: 'notes', title: '(a) notes: ' }, { group: 'patient-care', title: '(b) patient care: ' }] as const;
    const parts: Part[] = [];
    for (const { group, title } of groups) {
      // The same method on two data sets: by the names of the groups.
      const plan: ComparisonPlan = { ...figurePlan(group, ['apo'], laboratory), methods: [group], variants: { [group]: { method: 'apo' } } };
      const trained = await laboratory.train(plan);
      if (!trained) return null;
      const apo = trainedOf(trained, group);
      parts.push({ title, plan, trained: apo, tasks: tasksOf(apo) });
    }
    return {
      paper: { source: sourceOf('figure A1'), setting: { ...settingOf('patient-care', 'MIMIC-III, and its discharge notes'), groups: 'each of its own model and setting' }, claim: CLAIM },
      ours: {
        setting: Object.assign({ seed }, ...parts.map(({ title, plan }) => Object.fromEntries(Object.entries(factsOf(plan, 'apo')).map(([name, value]) => [title + name, value])))) as Facts,
        charts: parts.flatMap(({ title, tasks, trained }) => ownershipCharts(tasks, trained.epochs, title)),
        numbers: Object.assign({}, ...parts.map(({ tasks, trained }) => numbersOf(tasks, trained))) as Record<string, Facts>,
      },
      findings: findingsOf(parts),
      differences: [UPDATED, 'One run; the paper says nothing of several.', ...new Set(groups.flatMap(({ group }) => settingDifferences(group, ['apo'], scale)))],
    };
  },
};

/** Whether more is taken at the end than at first, which owning alone makes so, and whether more is updated, which it does not. */
function findingsOf(parts: readonly Pick<Part, 'tasks' | 'trained'>[]): string[] {
  const change = (a = NaN, b = NaN): string => `${(100 * a).toFixed(1)} % to ${(100 * b).toFixed(1)} %`;
  return parts.flatMap(({ tasks, trained: { epochs } }) => {
    const [first, last] = [epochs[0], epochs.at(-1)];
    if (!first || !last || first === last) return [];
    return [
      `${tasks.join(', ')}: claimed in all, ${change(1 - (first.ownership?.unclaimed ?? NaN), 1 - (last.ownership?.unclaimed ?? NaN))}.`,
      ...tasks.map((name, i) => `${name}: updated in a step, ${change(first.sensitivity?.selected[i], last.sensitivity?.selected[i])}.`),
    ];
  });
}

