/** The data sets that lazygrad knows by name: what they are and whose, not where they lie. */
import { ConfigError } from '../engine/errors.ts';
import type { TaskKind } from './task.ts';

export interface TaskInfo {
  readonly name: string;
  readonly kind: TaskKind;
  readonly classes: number;
  /** Shape of one sample, channels first. */
  readonly inputShape: readonly number[];
}

/** The paper's groups of tasks, which are tuned apart. */
export type TaskGroup = 'patient-care' | 'notes' | 'ecg' | 'images' | 'grey-images';

export interface DatasetInfo {
  readonly name: string;
  readonly group: TaskGroup;
  readonly summary: string;
  readonly tasks: readonly TaskInfo[];
  /** How much there is, as its makers say. */
  readonly size: string;
  readonly licence: string;
  readonly source: string;
  /** Whether anyone may download it, or only those with an account that was granted access. */
  readonly access: 'open' | 'credentialed';
}

interface Origin {
  readonly task: TaskInfo;
  readonly title: string;
  readonly licence: string;
  readonly source: string;
}

const greyImages = (name: string): TaskInfo => ({ name, kind: 'multiclass', classes: 10, inputShape: [1, 28, 28] });

const MNIST: Origin = {
  task: greyImages('mnist'),
  title: 'MNIST',
  licence: 'CC BY-SA 3.0 (LeCun, Cortes, Burges)',
  source: 'http://yann.lecun.com/exdb/mnist/',
};
const FASHION_MNIST: Origin = {
  task: greyImages('fashion-mnist'),
  title: 'Fashion-MNIST',
  licence: 'MIT (Zalando SE)',
  source: 'https://github.com/zalandoresearch/fashion-mnist',
};
const KMNIST: Origin = {
  task: greyImages('kmnist'),
  title: 'Kuzushiji-MNIST',
  licence: 'CC BY-SA 4.0 (KMNIST Dataset, created by CODH, adapted from Kuzushiji Dataset, created by NIJL and others, doi:10.20676/00000341)',
  source: 'https://codh.rois.ac.jp/kmnist/',
};

const colourImages = (name: string, classes: number): TaskInfo => ({ name, kind: 'multiclass', classes, inputShape: [3, 32, 32] });

const IMAGES: readonly Origin[] = [
  { task: colourImages('cifar-10', 10), title: 'CIFAR-10', licence: 'none stated (Krizhevsky, 2009)', source: 'https://www.cs.toronto.edu/~kriz/cifar.html' },
  { task: colourImages('svhn', 10), title: 'SVHN', licence: 'for non-commercial use (Netzer et al., 2011)', source: 'http://ufldl.stanford.edu/housenumbers/' },
  { task: colourImages('stl-10', 10), title: 'STL-10', licence: 'none stated (Coates, Lee, Ng, 2011)', source: 'https://cs.stanford.edu/~acoates/stl10/' },
  { task: colourImages('malaria', 2), title: 'Malaria cells', licence: 'none stated (Rajaraman et al., 2018, US National Library of Medicine)', source: 'https://lhncbc.nlm.nih.gov/LHC-research/LHC-projects/image-processing/malaria-datasheet.html' },
  { task: colourImages('colorectal', 8), title: 'Colorectal histology', licence: 'CC BY 4.0 (Kather et al., 2016)', source: 'https://doi.org/10.5281/zenodo.53169' },
];

function combine(name: string, group: TaskGroup, size: string, summary: string, origins: readonly Origin[]): DatasetInfo {
  const each = (field: 'licence' | 'source'): string => origins.map((origin) => `${origin.title}: ${origin[field]}`).join('; ');
  return { name, group, size, summary, access: 'open', tasks: origins.map((origin) => origin.task), licence: each('licence'), source: each('source') };
}

const PHYSIONET2012: DatasetInfo = {
  name: 'physionet2012',
  size: '8,000 stays (sets A and B)',
  group: 'patient-care',
  summary: 'Two days in intensive care, hour by hour: death in hospital, failing organs, decompensation, a long stay',
  tasks: [
    { name: 'in-hospital-mortality', kind: 'binary', classes: 1, inputShape: [48, 81] },
    { name: 'organ-failure', kind: 'multilabel', classes: 8, inputShape: [48, 81] },
    { name: 'decompensation', kind: 'binary', classes: 1, inputShape: [48, 81] },
    { name: 'long-stay', kind: 'binary', classes: 1, inputShape: [48, 81] },
  ],
  licence: 'Open Data Commons Attribution License 1.0 (PhysioNet/Computing in Cardiology Challenge 2012: Silva, Moody, Scott, Celi, Mark)',
  source: 'https://physionet.org/content/challenge-2012/1.0.0/',
  access: 'open',
};

const MIMIC3: DatasetInfo = {
  name: 'mimic3',
  size: '21,139 stays of at least 48 hours, 41,902 for phenotypes',
  group: 'patient-care',
  summary: 'The MIMIC-III benchmarks: death in hospital, decompensation and 25 phenotypes from intensive care, hour by hour',
  tasks: [
    { name: 'in-hospital-mortality', kind: 'binary', classes: 1, inputShape: [96, 76] },
    { name: 'decompensation', kind: 'binary', classes: 1, inputShape: [96, 76] },
    { name: 'phenotyping', kind: 'multilabel', classes: 25, inputShape: [96, 76] },
  ],
  licence: 'PhysioNet Credentialed Health Data License 1.5.0 (MIMIC-III: Johnson et al., Scientific Data 2016)',
  source: 'https://physionet.org/content/mimiciii/1.4/, prepared by https://github.com/YerevaNN/mimic3-benchmarks',
  access: 'credentialed',
};

const ecgTask = (name: string, inputShape: readonly number[]): TaskInfo => ({ name, kind: 'binary', classes: 1, inputShape });

const PTBXL: DatasetInfo = {
  name: 'ptbxl',
  size: '21,799 records',
  group: 'ecg',
  summary: 'Electrocardiograms of 10 s with 12 leads: infarction, conduction disturbance, hypertrophy, ST/T change, each against all others, from spectrograms',
  tasks: ['MI', 'CD', 'HYP', 'STTC'].map((name) => ecgTask(name, [12, 33, 30])),
  licence: 'CC BY 4.0 (PTB-XL; Wagner, Strodthoff, Bousseljot, Samek, Schaeffter)',
  source: 'https://physionet.org/content/ptb-xl/',
  access: 'open',
};
const CINC2017: DatasetInfo = {
  name: 'cinc2017',
  size: '8,528 records',
  group: 'ecg',
  summary: 'Electrocardiograms of 30 s with one lead: atrial fibrillation, another rhythm, noise, each against all others, from spectrograms',
  tasks: ['AF', 'other', 'noise'].map((name) => ecgTask(name, [1, 33, 119])),
  licence: 'ODC-By 1.0 (PhysioNet/CinC Challenge 2017; Clifford, Liu, Moody, Lehman, Silva, Li, Johnson, Mark; recordings given by AliveCor)',
  source: 'https://physionet.org/content/challenge-2017/',
  access: 'open',
};

/** Every data set, in the order in which `lazygrad datasets` lists them. */
export const DATASETS: readonly DatasetInfo[] = [
  combine('mnist-pair', 'grey-images', '70,000 images a task', 'Handwritten digits and clothes: two tasks of ten classes on 28x28 grey images', [MNIST, FASHION_MNIST]),
  combine('mnist-trio', 'grey-images', '70,000 images a task', 'Handwritten digits, clothes and cursive Japanese: three tasks of ten classes on 28x28 grey images', [MNIST, FASHION_MNIST, KMNIST]),
  combine('images', 'images', '60,000, 99,289, 13,000, 27,558 and 5,000 images', 'Objects, house numbers, blood cells and tissue: five tasks on 32x32 colour images', IMAGES),
  {
    name: 'codiesp', group: 'notes', access: 'open', size: '750 notes',
    summary: 'Clinical cases with codes of ICD-10: ten chapters, infection, neoplasm and surgery, from the first 512 tokens of each note',
    tasks: [
      { name: 'chapters', kind: 'multilabel', classes: 10, inputShape: [512] },
      ...['infection', 'neoplasm', 'surgery'].map((name): TaskInfo => ({ name, kind: 'binary', classes: 1, inputShape: [512] })),
    ],
    licence: 'CC BY 4.0 (Miranda-Escalada, Gonzalez-Agirre, Armengol-Estapé, Krallinger)',
    source: 'https://temu.bsc.es/codiesp',
  },
  PHYSIONET2012,
  MIMIC3,
  PTBXL,
  CINC2017,
];

/**
 * The entry of one data set.
 * @throws {ConfigError} no data set has that name; the message lists those that exist
 */
export function datasetInfo(name: string): DatasetInfo {
  const info = DATASETS.find((entry) => entry.name === name);
  if (!info) throw new ConfigError(`unknown data set '${name}': expected one of ${DATASETS.map((entry) => entry.name).join(', ')}`);
  return info;
}
