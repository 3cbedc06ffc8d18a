/** The tables and figures that can be reproduced, by their numbers in the paper. */
import { ConfigError } from '../engine/index.ts';
import type { Experiment } from './experiment.ts';
import { lazyTraining } from './lazy-training.ts';
import { tableA3 } from './table-a3.ts';

export const EXPERIMENTS: readonly Experiment[] = [lazyTraining, tableA3];

/** @throws ConfigError for an unknown number */
export function findExperiment(id: string): Experiment {
  const experiment = EXPERIMENTS.find((candidate) => candidate.id === id.toLowerCase());
  if (!experiment) throw new ConfigError(`there is no experiment ${id}; there are: ${EXPERIMENTS.map((e) => `${e.id} (${e.title})`).join(', ')}`);
  return experiment;
}
