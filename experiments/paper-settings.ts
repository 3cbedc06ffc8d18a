/** How the paper trains each of its groups of tasks: appendix C for the model, table A2 for the rest. All use SGD. */
import type { TaskGroup } from '../data/index.ts';

export interface PaperSetting {
  readonly model: string;
  readonly batchSize: number;
  readonly lr: number;
  readonly epochs: number;
}

export const PAPER_SETTINGS: Readonly<Record<Exclude<TaskGroup, 'grey-images'>, PaperSetting>> = {
  'patient-care': { model: 'time-series-transformer', batchSize: 64, lr: 0.01, epochs: 300 },
  notes: { model: 'tinybert', batchSize: 512, lr: 0.01, epochs: 100 },
  ecg: { model: 'crnn', batchSize: 64, lr: 0.001, epochs: 1500 },
  images: { model: 'resnet-50', batchSize: 128, lr: 0.001, epochs: 200 },
};
