/** A trunk as stages, one after the other. */
import type { Stage } from './multi-task-model.ts';

/** All of them as one. */
export function inStages(stages: readonly Stage[]): Stage {
  return (x, parameters, mode) => stages.reduce((y, stage) => stage(y, parameters, mode), x);
}
