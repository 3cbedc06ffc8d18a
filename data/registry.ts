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

function combine(name: string, summary: string, origins: readonly Origin[]): DatasetInfo {
  const each = (field: 'licence' | 'source'): string => origins.map((origin) => `${origin.title}: ${origin[field]}`).join('; ');
  return { name, group: 'grey-images', summary, access: 'open', tasks: origins.map((origin) => origin.task), licence: each('licence'), source: each('source') };
}

/** Every data set, in the order in which `lazygrad datasets` lists them. */
export const DATASETS: readonly DatasetInfo[] = [
  combine('mnist-pair', 'Handwritten digits and clothes: two tasks of ten classes on 28x28 grey images', [MNIST, FASHION_MNIST]),
  combine('mnist-trio', 'Handwritten digits, clothes and cursive Japanese: three tasks of ten classes on 28x28 grey images', [MNIST, FASHION_MNIST, KMNIST]),
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
