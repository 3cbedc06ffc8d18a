/** LMC: one task after the other; after each, the trunk is brought to where the straight lines to the old and to the new solution are low. */
import { ConfigError, SGD, add, affine, assign, backward, sub } from '../engine/index.ts';
import type { ParameterArena, Tensor } from '../engine/index.ts';
import type { Parameters } from '../models/index.ts';
import { headOptimizers } from './heads.ts';
import { descend } from './descend.ts';
import type { HyperparameterValues, Method } from './method.ts';
import type { Phase } from './phase.ts';
import { stretchesOf } from './stretches.ts';
import { eachTask } from './term.ts';
import { assignValues, twinOf } from './twin.ts';
import { wholeNumber } from './whole.ts';

/** Where on the lines the losses are taken. */
const POINTS = [0.2, 0.4, 0.6, 0.8];

/** `base + alpha (w - base)`, on the tape for w alone: its gradient carries the factor alpha. */
export function interpolated(base: Parameters, w: Parameters, alpha: number): Parameters {
  return {
    get(name) {
      const from = base.get(name).detach();
      return add(from, affine(sub(w.get(name), from), alpha, 0));
    },
  };
}

/** Adds to the gradients of w those of the loss at each point of the line from base. */
export function descendLine(base: ParameterArena, w: ParameterArena, points: readonly number[], loss: (at: Parameters) => Tensor): void {
  for (const alpha of points) {
    using _scope = w.device.scope();
    backward(loss(interpolated(base, w, alpha)));
  }
}

/** `from <- to + kappa (from - to)`: back to where the line began, but for kappa. */
export function goBack(from: ParameterArena, to: ParameterArena, kappa: number): void {
  using _scope = from.device.scope();
  const ends = stretchesOf(to, to.values);
  for (const [i, values] of stretchesOf(from, from.values).entries()) {
    const end = ends[i];
    if (end) assign(values, add(affine(values, kappa, 0), affine(end, 1 - kappa, 0)));
  }
}

function phases(tasks: readonly string[], epochs: number, values: HyperparameterValues): readonly Phase[] {
  const steps = wholeNumber(values, 'lineSteps');
  const capped = steps > 0 ? { stepsPerTask: steps } : {};
  const lineEpochs = Math.max(1, Math.round(epochs * Number(values.line)));
  return tasks.flatMap((task, k): Phase[] => [
    { name: 'task', tasks: [task], mode: 'alternating', epochs },
    ...k === 0 ? [] : [{ name: 'line', tasks: tasks.slice(0, k + 1), mode: 'joint', epochs: lineEpochs, ...capped } as const],
  ]);
}

/**
 * With w̄ the trunk for the tasks before and ŵ where task k alone leads from there, a line phase goes down
 * `sum over alpha of L_1..k-1(w̄ + alpha (w - w̄)) + L_k(ŵ + alpha (w - ŵ))` from `w̄ + kappa (ŵ - w̄)`; where it ends is the next w̄. The heads, which
 * do not lie on the lines, go down the mean of their losses there.
 */
export const lmc: Method = {
  name: 'lmc',
  family: 'continual learning',
  summary: 'one task after the other; after each the trunk goes where straight lines to the old and the new solution are low, with all data of the tasks so far',
  source: 'Mirzadeh et al., "Linear Mode Connectivity in Multitask and Continual Learning", ICLR 2021',
  hyperparameters: {
    kappa: { default: 0.1, range: [0, 1], summary: 'where a line phase begins, from the old (0) to the new solution (1)' },
    line: { default: 1, range: [0, 100], summary: 'epochs of a line phase for each epoch of a task, at least one in all' },
    lineSteps: { default: 0, range: [0, 1e6], summary: 'at most so many steps in an epoch of a line phase; 0: all data of the tasks so far' },
  },
  phases,
  create({ model, lr, values }) {
    const { shared } = model;
    const before = twinOf(shared); // w̄
    const after = twinOf(shared); // ŵ
    const trunk = new SGD(shared, { lr });
    const [heads, headsOnLine] = [headOptimizers(model, lr), headOptimizers(model, lr / POINTS.length)];
    let current: Phase | null = null;
    return {
      startPhase(phase, resumed) {
        current = phase;
        if (resumed) return;
        assignValues(phase.name === 'line' ? after : before, shared);
        if (phase.name === 'line') goBack(shared, before, Number(values.kappa));
      },
      step(terms) {
        if (!current) throw new ConfigError('a step needs a phase');
        if (current.name === 'task') {
          const task = descend(model, terms[0]);
          trunk.step();
          heads(task);
          return undefined;
        }
        model.zeroGrad();
        const all = eachTask(current.tasks, terms);
        for (const term of all) descendLine(term === all.at(-1) ? after : before, shared, POINTS, (at) => term.loss({ shared: at }));
        trunk.step();
        for (const { task } of all) headsOnLine(task);
        return undefined;
      },
      stateDict: async () => new Map([['before', await before.values.read() as Float32Array], ['after', await after.values.read() as Float32Array]]),
      loadStateDict(state) {
        before.values.write(state.get('before') ?? []);
        after.values.write(state.get('after') ?? []);
      },
    };
  },
};
