/** Figures 1 (right) and A1: which share of the shared parameters each task updates, owns and finds taken, epoch by epoch. */
import type { Dataset } from '../data/index.ts';
import type { Device } from '../engine/index.ts';
import type { EpochEvent } from '../methods/index.ts';
import type { Chart, DataWish, Experiment, Facts, Line, Scale } from './experiment.ts';
import { plansOf, settingDifferences } from './group-plans.ts';
import type { Group } from './group-plans.ts';
import { settingOf, sourceOf } from './paper.ts';
import { trainMethod } from './training.ts';
import type { Trained, TrainingPlan } from './training.ts';

type Task = Dataset['tasks'][number];

/** A group's training as in its tables, of one seed. */
export function figurePlan(group: Group, scale: Scale, method: string): TrainingPlan {
  const { model = '', width, epochs, batchSize, lr, orderEvery = 5, set = {} } = plansOf(group, [method])[scale];
  return { method, model, width, epochs, batchSize, lr, orderEvery, set: set[method] ?? {} };
}

function chart(title: string, y: string, tasks: readonly Task[], epochs: readonly EpochEvent[], value: (epoch: EpochEvent, task: number) => number | undefined): Chart {
  return { title, x: 'epoch', y, lines: tasks.map(({ name }, i): Line => ({ label: name, points: epochs.map((event) => [event.epoch, value(event, i) ?? NaN] as const) })) };
}

/** Shares of the trunk's parameters. */
export function ownershipCharts(tasks: readonly Task[], epochs: readonly EpochEvent[], of = ''): Chart[] {
  return [
    chart(`${of}updated in a step`, 'share', tasks, epochs, ({ sensitivity }, i) => sensitivity?.selected[i]),
    chart(`${of}owned by the task`, 'share', tasks, epochs, ({ ownership }, i) => ownership?.owned[i]),
    chart(`${of}protected from the task`, 'share', tasks, epochs, ({ ownership }, i) => ownership?.protected[i]),
    chart(`${of}updated, of another task`, 'share of the updated', tasks, epochs, ({ sensitivity }, i) => sensitivity?.conflict[i]),
  ];
}

const scores = (title: string, tasks: readonly Task[], { epochs }: Trained): Chart => chart(title, 'validation', tasks, epochs, ({ tasks: of }, i) => of[i]?.validation);

function numbersOf(tasks: readonly Task[], { epochs, end }: Trained): Record<string, Facts> {
  const last: Partial<Pick<EpochEvent, 'ownership' | 'sensitivity'>> = epochs.at(-1) ?? {};
  return Object.fromEntries(tasks.map(({ name }, i) => [name, {
    'updated in a step': last.sensitivity?.selected[i] ?? NaN, owned: last.ownership?.owned[i] ?? NaN, protected: last.ownership?.protected[i] ?? NaN,
    'of another task': last.sensitivity?.conflict[i] ?? NaN, unclaimed: last.ownership?.unclaimed ?? NaN, test: end.tasks[i]?.test ?? NaN,
  }]));
}

const UPDATED = 'The paper does not say what it counts as updated: here the mean share of sensitive parameters over an epoch\'s steps; beside it what a task owns at the epoch\'s end, and what others own.';
const CLAIM = 'Tasks take more and more of the shared parameters as training goes on, and more are protected.';

/** One group of a figure. */
interface Part {
  readonly tasks: readonly Task[];
  readonly trained: Trained;
  readonly plan: TrainingPlan;
}

export const ownershipFigure: Experiment = {
  id: 'figure-1',
  title: 'patient care: validation scores, and who owns which share of the parameters',
  async run({ device, open, scale, seed, onProgress }) {
    using _scope = device.scope();
    const dataset = await open(wishOf('patient-care', scale));
    const plan = figurePlan('patient-care', scale, 'apo');
    const shared = await trainMethod(device, dataset, plan, seed, onProgress);
    const alone = await trainMethod(device, dataset, figurePlan('patient-care', scale, 'stl'), seed, onProgress);
    const { tasks } = dataset;
    return {
      paper: { source: sourceOf('figure 1 (right)'), setting: settingOf('patient-care', 'MIMIC-III'), claim: `${CLAIM} APO's validation scores are beside those of single-task learning.` },
      ours: {
        setting: { dataset: dataset.name, ...factsOf(plan), seed },
        charts: [scores('APO', tasks, shared), scores('single-task learning', tasks, alone), ...ownershipCharts(tasks, shared.epochs)],
        numbers: { ...numbersOf(tasks, shared), ...Object.fromEntries(tasks.map(({ name }, i) => [`${name} alone`, { test: alone.end.tasks[i]?.test ?? NaN }])) },
      },
      findings: findingsOf([{ tasks, trained: shared }]),
      differences: [UPDATED, 'One run; the paper says nothing of several.', ...settingDifferences('patient-care', ['apo', 'stl'], scale)],
    };
  },
};

export const ownershipFigureOfBoth: Experiment = {
  id: 'figure-a1',
  title: 'notes and patient care: share of the parameters that each task updates',
  async run({ device, open, scale, seed, onProgress }) {
    const groups = [{ group: 'notes', title: '(a) notes: ' }, { group: 'patient-care', title: '(b) patient care: ' }] as const;
    const parts: (Part & { readonly title: string })[] = [];
    for (const { group, title } of groups) parts.push({ title, ...await partOf(device, await open(wishOf(group, scale)), figurePlan(group, scale, 'apo'), seed, onProgress) });
    return {
      paper: { source: sourceOf('figure A1'), setting: { ...settingOf('patient-care', 'MIMIC-III, and its discharge notes'), groups: 'each of its own model and setting' }, claim: CLAIM },
      ours: {
        setting: Object.assign({ seed }, ...parts.map(({ title, plan }) => Object.fromEntries(Object.entries(factsOf(plan)).map(([name, value]) => [title + name, value])))) as Facts,
        charts: parts.flatMap(({ title, tasks, trained }) => ownershipCharts(tasks, trained.epochs, title)),
        numbers: Object.assign({}, ...parts.map(({ tasks, trained }) => numbersOf(tasks, trained))) as Record<string, Facts>,
      },
      findings: findingsOf(parts),
      differences: [UPDATED, 'One run; the paper says nothing of several.', ...new Set(groups.flatMap(({ group }) => settingDifferences(group, ['apo'], scale)))],
    };
  },
};

const wishOf = (group: Group, scale: Scale): DataWish => plansOf(group, [])[scale];
export const factsOf = ({ set = {}, ...plan }: TrainingPlan): Facts => ({ ...plan, ...set });

async function partOf(device: Device, dataset: Dataset, plan: TrainingPlan, seed: number, onProgress?: (text: string) => void): Promise<Part> {
  using _scope = device.scope();
  return { tasks: dataset.tasks, plan, trained: await trainMethod(device, dataset, plan, seed, onProgress) };
}

/** Whether more is taken at the end than at first, which owning alone makes so, and whether more is updated, which it does not. */
function findingsOf(parts: readonly Pick<Part, 'tasks' | 'trained'>[]): string[] {
  const change = (a = NaN, b = NaN): string => `${(100 * a).toFixed(1)} % to ${(100 * b).toFixed(1)} %`;
  return parts.flatMap(({ tasks, trained: { epochs } }) => {
    const [first, last] = [epochs[0], epochs.at(-1)];
    if (!first || !last || first === last) return [];
    return [
      `${tasks.map(({ name }) => name).join(', ')}: claimed in all, ${change(1 - (first.ownership?.unclaimed ?? NaN), 1 - (last.ownership?.unclaimed ?? NaN))}.`,
      ...tasks.map(({ name }, i) => `${name}: updated in a step, ${change(first.sensitivity?.selected[i], last.sensitivity?.selected[i])}.`),
    ];
  });
}

