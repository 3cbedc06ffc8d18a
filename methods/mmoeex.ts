/** MMoEEx: MMoE with experts that some tasks may not use, and a step of MAML. */
import { random32, streamKey } from '../data/index.ts';
import { ConfigError, noGrad } from '../engine/index.ts';
import { descendAll } from './descend.ts';
import { lossAfterStep } from './inner-step.ts';
import type { Method } from './method.ts';
import { gatedModel } from './mmoe.ts';
import { joint } from './phase.ts';
import { plainSGD } from './plain-sgd.ts';
import { eachTask } from './term.ts';

export interface GateOptions {
  readonly tasks: readonly string[];
  readonly experts: number;
  /** Of the experts, that are not for all tasks. */
  readonly share: number;
  /** Whether these are for one task alone, or for all but one. */
  readonly closing: 'exclusivity' | 'exclusion';
  readonly seed: number;
}

/**
 * Which tasks may use which expert: the first `floor(share * experts)` each draw a task, which alone may use them, or alone may not.
 * @returns by task, in their order, by expert
 * @throws ConfigError when a task may use none
 */
export function openGates({ tasks, experts, share, closing, seed }: GateOptions): readonly (readonly boolean[])[] {
  const key = streamKey(seed, 'experts');
  const drawn = Array.from({ length: Math.floor(share * experts) }, (_, e) => random32(key, e) % tasks.length);
  const open = tasks.map((_, t) => Array.from({ length: experts }, (__, e) => drawn[e] === undefined || (drawn[e] === t) === (closing === 'exclusivity')));
  const shut = tasks.find((_, t) => !open[t]?.includes(true));
  if (shut !== undefined) throw new ConfigError(`mmoeex: no expert is left for task ${shut}: choose a smaller share than ${share} or more experts than ${experts}`);
  return open;
}

/**
 * Closed gates have a logit of -infinity, so a weight of exactly 0, where the authors' code lets a logit of 0 take part. With `maml`, SGD on the sum of
 * `L_t(theta - innerLr grad L_t'(theta))`, L' over four fifths of each batch and L over the rest.
 */
export const mmoeex: Method = {
  name: 'mmoeex',
  family: 'mixture of experts',
  summary: 'MMoE in which some experts are for one task alone, or for all but one',
  source: 'Aoki, Tung and Oliveira, "Heterogeneous Multi-task Learning with Expert Diversity", TCBB 2022',
  hyperparameters: {
    experts: { default: 12, range: [1, 256], summary: 'number of trunks; the paper\'s: 12, 4 for many tasks' },
    share: { default: 0.5, range: [0, 1], summary: 'share of the experts that are not for all tasks; the paper\'s: census 0.75, MIMIC-III 0.5, PCBA 0.55' },
    closing: { default: 'exclusivity', range: ['exclusivity', 'exclusion'], summary: 'whether these are for one task each, drawn by the seed, or for all others' },
    maml: { default: 'off', range: ['off', 'first-order', 'exact'], summary: 'whether losses are those after an inner step, and whether that is differentiated' },
    innerLr: { default: 0.01, range: [0, 10], summary: 'learning rate of the inner step' },
  },
  phases: joint,
  model(blueprint, { experts, share, closing }) {
    const tasks = blueprint.tasks.map(({ name }) => name);
    const open = openGates({ tasks, experts: Math.floor(Number(experts)), share: Number(share), closing: closing === 'exclusion' ? 'exclusion' : 'exclusivity', seed: blueprint.seed });
    return gatedModel('mmoeex', blueprint, { experts: Number(experts), open: (task, expert) => open[tasks.indexOf(task)]?.[expert] ?? true });
  },
  create({ model, tasks, lr, values: { maml, innerLr } }) {
    const update = plainSGD(model, lr);
    const inner = { lr: Number(innerLr), exact: maml === 'exact' };
    return {
      step(terms) {
        const each = eachTask(tasks, terms);
        // Parts of a batch do not count for the epoch's mean.
        if (maml !== 'off') noGrad(() => each.forEach((term) => term.loss()));
        descendAll(model, each.map((term) => maml === 'off' ? term.loss() : lossAfterStep(model, term, inner)));
        update(tasks);
        return undefined;
      },
    };
  },
};
