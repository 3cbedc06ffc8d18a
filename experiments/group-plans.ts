/** The plans of the tables on each of the paper's groups of tasks: the same data, model and training wherever a group is used. */
import { datasetInfo } from '../data/index.ts';
import type { Scale } from './experiment.ts';
import { PAPER_SETTINGS } from './paper-settings.ts';
import type { TablePlan } from './table.ts';

export type Group = keyof typeof PAPER_SETTINGS;
export type Plans = Readonly<Record<Scale, TablePlan>>;

/** The open data set that stands in for the paper's. Single-lead ECGs of half a minute are nearest to its one-minute waveforms. */
const DATASETS: Readonly<Record<Group, string>> = { 'patient-care': 'physionet2012', notes: 'codiesp', ecg: 'cinc2017', images: 'images' };

/** What is smaller at the smaller scales; few steps need a larger learning rate to get anywhere. */
const SMALLER: Readonly<Record<Group, Readonly<Record<'smoke' | 'small', Pick<TablePlan, 'model' | 'width' | 'limit' | 'tokens' | 'batchSize' | 'lr' | 'epochs' | 'seeds'>>>>> = {
  'patient-care': {
    smoke: { width: 0.03125, limit: 16, batchSize: 16, lr: 0.05, epochs: 1, seeds: 1 },
    small: { width: 0.125, limit: 512, batchSize: 32, lr: 0.05, epochs: 4, seeds: 2 },
  },
  notes: {
    // All tokens of a note are seen by all others in each of the model's twelve heads, however narrow they are.
    smoke: { width: 0.04, limit: 8, tokens: 32, batchSize: 8, lr: 0.05, epochs: 1, seeds: 1 },
    small: { width: 0.04, limit: 64, tokens: 128, batchSize: 8, lr: 0.05, epochs: 2, seeds: 2 },
  },
  ecg: {
    smoke: { width: 0.125, limit: 8, batchSize: 8, lr: 0.05, epochs: 1, seeds: 1 },
    small: { width: 0.125, limit: 128, batchSize: 32, lr: 0.05, epochs: 3, seeds: 2 },
  },
  images: {
    smoke: { model: 'resnet-18', width: 0.0625, limit: 8, batchSize: 8, lr: 0.05, epochs: 1, seeds: 1 },
    small: { model: 'resnet-18', width: 0.0625, limit: 128, batchSize: 32, lr: 0.05, epochs: 2, seeds: 2 },
  },
};

/** Steps inside of the methods that have such; the full scale has the paper's, which are the defaults. */
const STEPS = { smoke: { imaml: { innerSteps: 2, cgSteps: 1, outerLr: 0.1 }, lmc: { lineSteps: 1 }, ewc: { samples: 4 } }, small: { imaml: { innerSteps: 3, cgSteps: 2, outerLr: 0.1 }, lmc: { lineSteps: 4 }, ewc: { samples: 64 } } } as const;
const STL = { stl: { momentum: 0.9 } } as const;

/** @param methods of the table, whose options alone are set */
export function plansOf(group: Group, methods: readonly string[]): Plans {
  const common = { dataset: DATASETS[group], schedule: 'sequential', taskOrder: 'dynamic', selection: 'best' } as const;
  const set = (of: NonNullable<TablePlan['set']>): NonNullable<TablePlan['set']> => Object.fromEntries(Object.entries(of).filter(([method]) => methods.includes(method)));
  const smaller = (scale: 'smoke' | 'small'): TablePlan => ({ ...common, orderEvery: 1, model: PAPER_SETTINGS[group].model, ...SMALLER[group][scale], set: set({ ...STL, ...STEPS[scale] }) });
  return { smoke: smaller('smoke'), small: smaller('small'), full: { ...common, orderEvery: 5, ...PAPER_SETTINGS[group], limit: 0, width: 1, seeds: 5, set: set(STL) } };
}

/** What a table on the group is not of the paper's. */
export function differencesOf(group: Group, methods: readonly string[], scale: Scale): string[] {
  return ['The paper does not say what its standard deviations are over: here they are over seeds, each with its own split and initial values.', ...settingDifferences(group, methods, scale)];
}

/** What stands in for the group's data and model, and what is smaller. */
export function settingDifferences(group: Group, methods: readonly string[], scale: Scale): string[] {
  const { model, width, limit, tokens = 0, epochs, lr, batchSize, set = {} } = plansOf(group, methods)[scale];
  const paper = PAPER_SETTINGS[group];
  return [
    ...STAND_INS[group],
    ...(methods.includes('stl') ? ['Single-task learning has a momentum in the paper, which is not stated: here 0.9.'] : []),
    ...(scale === 'full' ? [] : [
      'The order of the tasks changes after every epoch instead of every 5, since there are few.',
      `${model ?? ''} at ${width} of its width instead of the whole ${paper.model}, ${limit} samples a task for training${tokens > 0 ? `, cut at ${tokens} tokens` : ''}, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} instead of ${paper.epochs}; SGD with ${lr} instead of ${paper.lr}, since there are few steps, and batches of ${batchSize} instead of ${paper.batchSize}.`,
    ]),
    ...(set.imaml?.innerSteps === undefined ? [] : [`iMAML takes ${set.imaml.innerSteps} steps on each task instead of 50, ${set.imaml.cgSteps ?? 10} of conjugate gradients instead of 10, and an outer learning rate of ${set.imaml.outerLr ?? 0.01} instead of 0.01.`]),
    ...(set.lmc?.lineSteps === undefined ? [] : [`Linear mode connectivity takes at most ${set.lmc.lineSteps} steps in an epoch on its lines.`]),
    ...(set.ewc?.samples === undefined ? [] : [`EWC measures the Fisher information of a task on ${set.ewc.samples} samples.`]),
  ];
}

const tasksOf = (group: Group): string => datasetInfo(DATASETS[group]).tasks.map(({ name }) => name).join(', ');

const STAND_INS: Readonly<Record<Group, readonly string[]>> = {
  'patient-care': [
    `The PhysioNet/CinC Challenge 2012 (the first 48 hours of 8,000 stays) stands in for MIMIC-III, which is not open: ${tasksOf('patient-care')}. Organ failure, of 8 labels, stands in for 25 phenotypes; long-stay is not in the paper.`,
    'Only the day of a death is known, so decompensation is death within 7 days of a window\'s end, not within 24 hours.',
  ],
  notes: [
    `CodiEsp, 750 clinical cases, stands in for MIMIC-III's discharge notes, which are not open: ${tasksOf('notes')}. Ten chapters of ICD-10 stand in for phenotypes, infection for sepsis; readmission and mortality have no counterpart.`,
    'TinyBERT starts from random values instead of pre-trained ones.',
  ],
  ecg: [
    `CinC 2017, single-lead records of half a minute, stands in for MIMIC-III's waveforms of one minute, which are not labelled in the open: ${tasksOf('ecg')}. They are rhythms and noise, not diagnoses of the paper; ptbxl has conduction disturbance and infarction, from 10 seconds of 12 leads.`,
    'The paper does not say how its spectrograms are made: here windows of 64 samples that overlap by half.',
  ],
  images: [
    'Images are 32 x 32, also those of STL-10 and of tissue, whose size in the paper is not stated. Where the data folder has the packed excerpts instead of the originals, street signs stand in for SVHN, blood cells for colorectal tissue and X-rays for STL-10, and CIFAR-10 and malaria have fewer images.',
    'The residual network starts from random values; the paper says pre-trained, but its accuracies on CIFAR-10 and STL-10 are not those of pre-trained features.',
  ],
};
