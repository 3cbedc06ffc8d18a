/** The gradients of one batch, or of several. */
import { add, backward, ConfigError } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import type { Term } from './term.ts';

/** Leaves the gradients of the batch's loss in the model's arenas. @returns its task @throws ConfigError without a batch */
export function descend(model: MultiTaskModel, term: Term | undefined): string {
  if (!term) throw new ConfigError('a step needs a batch');
  model.zeroGrad();
  backward(term.loss());
  return term.task;
}

/** Leaves the gradients of the sum of all losses there. */
export function descendAll(model: MultiTaskModel, losses: readonly Tensor[]): void {
  model.zeroGrad();
  backward(losses.reduce(add));
}
