/** FAMO: all losses fall at the same rate, without a gradient for each. */
import { Adam, Generator, ParameterArena, affine, backward, div, log, mul, noGrad, softmax, sub, sum, zeros } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';
import { weightedRule } from './weighted-rule.ts';

const EPSILON = 1e-8;
const logarithm = (losses: Tensor): Tensor => log(affine(losses, 1, EPSILON));

/**
 * With `w = softmax(xi)`, a step down `c sum_i w_i log L_i`, `c = 1 / sum_i (w_i / L_i)`; then one of Adam, with weight decay, on xi down
 * `sum_i w_i (log L_i - log L_i')`, L' the losses after the step: tasks whose loss fell little gain weight.
 */
export const famo: Method = {
  name: 'famo',
  family: 'loss weighting',
  summary: 'weights under which all losses fall at the same rate, from the losses before and after each step',
  source: 'Liu et al., "FAMO: Fast Adaptive Multitask Optimization", NeurIPS 2023',
  hyperparameters: {
    weightLr: { default: 0.025, range: [1e-6, 1], summary: 'learning rate of the weights' },
    gamma: { default: 0.01, range: [0, 1], summary: 'weight decay of the weights\' logits' },
  },
  phases: joint,
  create(context) {
    const arena = new ParameterArena(context.model.shared.device, [{ name: 'xi', shape: [context.tasks.length], init: (device, shape) => zeros(device, shape) }], new Generator(0));
    const xi = arena.get('xi');
    const logits = new Adam(arena, { lr: Number(context.values.weightLr), weightDecay: Number(context.values.gamma) });
    return weightedRule(context, {
      total(losses) {
        const w = softmax(xi.detach());
        const rate = sum(div(w, affine(losses.detach(), 1, EPSILON)));
        return div(sum(mul(w, logarithm(losses))), rate);
      },
      learners: { logits },
      afterwards(before, again) {
        const fell = sub(logarithm(before), logarithm(noGrad(again)));
        backward(sum(mul(softmax(xi), fell.detach())));
        logits.step();
      },
    });
  },
};
