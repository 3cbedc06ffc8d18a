/** Figure 3: how alike representations of tasks' samples are, by APO's model and by single-task models, distributed over batches. */
import { spread } from '../analysis/spread.ts';
import { take } from '../data/index.ts';
import type { Split, Task } from '../data/index.ts';
import { ConfigError } from '../engine/index.ts';
import type { Experiment, Facts, Scale } from './experiment.ts';
import { factsOf, figurePlan, trainedOf } from './figure-plans.ts';
import { settingDifferences } from './group-plans.ts';
import { settingOf, sourceOf } from './paper.ts';
import { MEASURES, compareRepresentations, readingCharts } from './representations.ts';
import type { Compared } from './representations.ts';

/** More samples than the representation has numbers: otherwise CCA says nothing. */
const BATCHES: Readonly<Record<Scale, { readonly size: number; readonly count: number }>> = { smoke: { size: 16, count: 3 }, small: { size: 128, count: 10 }, full: { size: 256, count: 15 } };

/** The paper's pairs, by the tasks that stand in for them. */
const PAIRS = [['in-hospital-mortality', 'organ-failure'], ['decompensation', 'in-hospital-mortality']] as const;

/** The first `stays` test samples with one row a stay: of a task with several windows a stay the middle one, which no task of the whole stay has. */
export function rowsOfStays({ test }: Pick<Task, 'test'>, all: number, stays: number): Split {
  const windows = test.length / all;
  if (!Number.isInteger(windows) || windows < 1) throw new ConfigError(`expected so many windows for each of ${all} stays, got ${test.length} samples`);
  const middle = Math.floor(windows / 2);
  return take(test, Uint32Array.from({ length: Math.min(stays, all) }, (_, stay) => stay * windows + middle));
}

function facts({ batches }: Compared): Facts {
  return Object.assign({ batches: batches.length }, ...MEASURES.map(({ name, of }) => {
    const { mean, sd } = spread(batches.map(of));
    return { [name]: mean, [`± ${name}`]: sd };
  })) as Facts;
}

export const similarityFigure: Experiment = {
  id: 'figure-3',
  title: 'similarity of representations of tasks: APO and single-task models',
  async run(laboratory) {
    const { device, open, scale, seed, onProgress } = laboratory;
    using _scope = device.scope();
    const plan = figurePlan('patient-care', ['apo', 'stl'], laboratory);
    const trained = await laboratory.train(plan);
    if (!trained) return null;
    const [{ model: shared }, { model: alone }] = [trainedOf(trained, 'apo'), trainedOf(trained, 'stl')];
    // Stay by stay: of what is cut down, tasks do not have the same stays.
    const whole = await open({ dataset: plan.dataset, limit: 0 });
    const { size, count } = BATCHES[scale];
    const all = Math.min(...whole.tasks.map(({ test }) => test.length));
    const rows = new Map(whole.tasks.map((task) => [task.name, { task, split: rowsOfStays(task, all, size * count) }]));
    onProgress?.('comparing representations');

    const readings = await compareRepresentations({ device, shared, alone, label: 'APO', rows, pairs: PAIRS, size });
    const { same, pairs } = readings;
    return {
      paper: {
        source: sourceOf('figure 3'), setting: { ...settingOf('patient-care', 'MIMIC-III'), pairs: 'mortality and phenotyping; decompensation and mortality', 'bandwidth, batches': 'not stated' },
        claim: 'Representations by APO are much alike, but not the same (similarity 1): tasks share information and keep what is their own.',
      },
      ours: {
        setting: { ...factsOf(plan, 'apo'), 'stays in a batch': size, batches: Math.floor(Math.min(size * count, all) / size), seed },
        charts: readingCharts(readings, 'APO'),
        numbers: Object.fromEntries([
          ...same.map((each) => [`${each.label}, APO against its own model`, facts(each)] as const),
          ...pairs.flatMap(({ title, compared }) => compared.map((each) => [`${title}, ${each.label}`, facts(each)] as const)),
        ]),
      },
      findings: pairs.flatMap(({ title, compared: [apo, own] }) => MEASURES.map(({ name: measure, of }) => {
        const [ours, theirs] = [spread(apo.batches.map(of)).mean, spread(own.batches.map(of)).mean];
        return `${title}, ${measure}: ${ours.toFixed(3)} by APO, ${theirs.toFixed(3)} by single-task models.`;
      })),
      differences: [
        'The paper does not say which representations are compared. There are two readings: a task\'s samples by APO against the same by the task\'s own model; and, stay by stay, the samples of two tasks, both by APO or each by its own model.',
        'Decompensation is represented by the middle window of a stay; the other tasks have one sample a stay.',
        'CKA has RBF kernels of half the median distance, CCA is of centred columns; see docs/analysis.md.',
        'One run of each model.',
        ...settingDifferences('patient-care', ['apo', 'stl'], scale),
      ],
    };
  },
};
