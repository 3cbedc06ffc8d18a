/** The tables and figures that can be reproduced, by their numbers in the paper. */
import { ConfigError } from '../engine/index.ts';
import type { Experiment } from './experiment.ts';
import { lazyTraining } from './lazy-training.ts';
import { ownershipFigure, ownershipFigureOfBoth } from './ownership.ts';
import { similarityFigure } from './similarity.ts';
import { table1a } from './table-1a.ts';
import { table1b } from './table-1b.ts';
import { table2 } from './table-2.ts';
import { table3 } from './table-3.ts';
import { table4 } from './table-4.ts';
import { table5 } from './table-5.ts';
import { tableA3 } from './table-a3.ts';
import { tableA4 } from './table-a4.ts';
import { tableA5 } from './table-a5.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  table1a, table1b, table2, table3, table4, table5, tableA3, tableA4, tableA5,
  ownershipFigure, lazyTraining, similarityFigure, ownershipFigureOfBoth,
];

/** @throws ConfigError for an unknown number */
export function findExperiment(id: string): Experiment {
  const experiment = EXPERIMENTS.find((candidate) => candidate.id === id.toLowerCase());
  if (!experiment) throw new ConfigError(`there is no experiment ${id}; there are: ${EXPERIMENTS.map((e) => `${e.id} (${e.title})`).join(', ')}`);
  return experiment;
}
