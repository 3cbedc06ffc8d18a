/** What becomes of the losses of single elements. */
import { ConfigError } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import { mean, sum } from '../reduce.ts';

/** The mean (the default) or the sum over everything, both of shape [], or every loss as it is. */
export type Reduction = 'mean' | 'sum' | 'none';

export interface LossOptions {
  readonly reduction?: Reduction;
}

/** @throws ConfigError */
export function checkReduction(operation: string, reduction = 'mean', allowed: readonly string[] = ['mean', 'sum', 'none']): void {
  if (!allowed.includes(reduction)) throw new ConfigError(`${operation}: reduction: expected one of ${allowed.join(', ')}, got ${reduction}`);
}

/** @param average what to do instead of the plain mean */
export function reduceLoss(losses: Tensor, reduction: Reduction, average: (losses: Tensor) => Tensor = mean): Tensor {
  return reduction === 'none' ? losses : reduction === 'sum' ? sum(losses) : average(losses);
}
