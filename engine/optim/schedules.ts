/** Learning-rate schedules: plain functions of the step, which counts from 0. `optimizer.lr = schedule(step)` before each step. */
import { ConfigError } from '../errors.ts';

export type Schedule = (step: number) => number;

function checkRate(lr: number, name = 'lr'): void {
  if (!(lr >= 0 && lr < Infinity)) throw new ConfigError(`${name}: expected a number from 0, got ${lr}`);
}

function checkSteps(name: string, steps: number, least: number): void {
  if (!Number.isInteger(steps) || steps < least) throw new ConfigError(`${name}: expected a whole number from ${least}, got ${steps}`);
}

function checkFactor(factor: number): void {
  if (!(factor > 0 && factor <= 1)) throw new ConfigError(`factor: expected a number in (0, 1], got ${factor}`);
}

/** Always `lr`. @throws ConfigError */
export function constantSchedule(lr: number): Schedule {
  checkRate(lr);
  return () => lr;
}

/** `lr * factor^floor(step / every)`. PyTorch: `torch.optim.lr_scheduler.StepLR`. @throws ConfigError unless every >= 1 and factor is in (0, 1] */
export function stepSchedule(lr: number, { every, factor = 0.1 }: { every: number; factor?: number }): Schedule {
  checkRate(lr);
  checkSteps('every', every, 1);
  checkFactor(factor);
  return (step) => lr * factor ** Math.floor(step / every);
}

/** `lr * factor^step`. PyTorch: `torch.optim.lr_scheduler.ExponentialLR`. @throws ConfigError unless factor is in (0, 1] */
export function exponentialSchedule(lr: number, { factor }: { factor: number }): Schedule {
  checkRate(lr);
  checkFactor(factor);
  return (step) => lr * factor ** step;
}

/**
 * Half a cosine from `lr` at the end of the warm-up down to `end` at `steps`, and `end` from there on; before that a linear warm-up.
 * PyTorch: `torch.optim.lr_scheduler.CosineAnnealingLR`. Source: Loshchilov and Hutter, "SGDR", 2017.
 * @throws ConfigError unless steps > warmup >= 0 and both rates are at least 0
 */
export function cosineSchedule(lr: number, { steps, warmup = 0, end = 0 }: { steps: number; warmup?: number; end?: number }): Schedule {
  checkRate(lr);
  checkRate(end, 'end');
  checkSteps('warmup', warmup, 0);
  checkSteps('steps', steps, warmup + 1);
  return withWarmup((step) => {
    const done = Math.min(1, Math.max(0, (step - warmup) / (steps - warmup)));
    return end + (lr - end) * (1 + Math.cos(Math.PI * done)) / 2;
  }, warmup);
}

/**
 * `schedule(step) * min(1, (step + 1) / steps)`: rises in equal parts to the schedule's own value, which step `steps - 1` has for the first time.
 * Source: Goyal et al., "Accurate, Large Minibatch SGD", 2017. @throws ConfigError unless steps is a whole number from 0
 */
export function withWarmup(schedule: Schedule, steps: number): Schedule {
  checkSteps('warmup', steps, 0);
  return (step) => step + 1 < steps ? schedule(step) * (step + 1) / steps : schedule(step);
}
