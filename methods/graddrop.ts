/** GradDrop: where the tasks' gradients disagree in sign, one sign is drawn, and the other's are dropped. */
import { GradientRows, abs, add, affine, assign, backward, div, gt, lt, rand, sum, where } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';
import { plainSGD } from './plain-sgd.ts';
import { eachTask } from './term.ts';

/**
 * `[tasks, n]` gradients to their sum `[n]` after dropping: element by element, the positive ones stay where `u < P`, else the negative ones, with
 * the purity `P = (1 + sum g / sum |g|) / 2`.
 * @param u uniform in [0, 1), `[n]`
 */
export function dropped(rows: Tensor, u: Tensor): Tensor {
  const total = sum(rows, { axes: [0] });
  const size = sum(abs(rows), { axes: [0] });
  const purity = affine(div(total, where(gt(size, 0), size, 1)), 0.5, 0.5);
  const positive = lt(u, purity);
  const kept = where(positive, where(gt(rows, 0), rows, 0), where(lt(rows, 0), rows, 0));
  return sum(kept, { axes: [0] });
}

export const graddrop: Method = {
  name: 'graddrop',
  family: 'gradient manipulation',
  summary: 'where gradients disagree in sign, one sign is drawn by its share and the other dropped',
  source: 'Chen et al., "Just Pick a Sign", NeurIPS 2020',
  hyperparameters: { leak: { default: 0, range: [0, 1], summary: 'share of the plain sum that is kept' } },
  phases: joint,
  create({ model, tasks, lr, values }) {
    const { shared } = model;
    const leak = Number(values.leak);
    const rows = new GradientRows(shared, tasks.length);
    const update = plainSGD(model, lr);
    return {
      step(terms) {
        model.zeroGrad();
        for (const [i, term] of eachTask(tasks, terms).entries()) {
          shared.zeroGrad();
          backward(term.loss());
          rows.take(i);
        }
        for (const { offset, size, rows: block } of rows.blocks()) {
          const kept = dropped(block, rand(shared.device, [size], model.generator));
          const mixed = leak === 0 ? kept : add(affine(kept, 1 - leak, 0), affine(sum(block, { axes: [0] }), leak, 0));
          assign(shared.gradients.view({ shape: [size], strides: [1], offset: shared.gradients.offset + offset }), mixed);
        }
        update(tasks);
        return undefined;
      },
    };
  },
};
