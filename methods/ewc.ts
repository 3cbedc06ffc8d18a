/** EWC: tasks one after the other; what earlier ones depend on is held by springs as stiff as their Fisher information. */
import { ConfigError, SGD, affine, backward, noGrad } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import { descend } from './descend.ts';
import { FisherPenalty } from './fisher-penalty.ts';
import { frozen } from './frozen.ts';
import { headOptimizers } from './heads.ts';
import { taskLoss } from './losses.ts';
import type { Method } from './method.ts';
import { ownOf } from './own-optimizers.ts';
import type { Phase } from './phase.ts';
import { sampleTargets } from './sample-targets.ts';
import type { Term } from './term.ts';

const MEASURE = 'fisher';

/** Minus the logarithm of the likelihood of one sample, up to a constant: of its target, or of one that the model draws. The head gets no gradient. */
function surprise(model: MultiTaskModel, term: Term, empirical: boolean): Tensor {
  const { kind = 'multiclass', outputs: width = 1 } = model.tasks.get(term.task) ?? {};
  const views = { own: frozen(ownOf(model, term.task)) };
  // The mean over labels is that of independent ones, whose logarithms add up.
  if (empirical) return affine(term.loss(views), kind === 'multiclass' ? 1 : width, 0);
  const outputs = term.outputs(views);
  return taskLoss({ kind }, outputs, sampleTargets(kind, outputs, model.generator), false).sum;
}

/** Adds each sample of the batch to the penalty, as in evaluation: batches of any size give the same sum. */
export function measure(model: MultiTaskModel, term: Term, penalty: FisherPenalty, empirical: boolean): void {
  const { training } = model;
  model.eval();
  try {
    noGrad(() => term.loss());
    for (let i = 0; i < term.size; i++) {
      model.zeroGrad();
      backward(surprise(model, term.part(i, i + 1), empirical));
      penalty.add();
    }
  } finally {
    model.train(training);
  }
}

export const ewc: Method = {
  name: 'ewc',
  family: 'continual learning',
  summary: 'tasks one after the other, each pulled towards the optima of those before, weight by weight by their Fisher information',
  source: 'Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks", PNAS 2017; Schwarz et al., "Progress & Compress", ICML 2018 (online)',
  hyperparameters: {
    lambda: { default: 100, range: [0, 1e9], summary: 'strength of the pull; by validation, from 1, 10, ..., 1e5' },
    samples: { default: 256, range: [1, 1e9], summary: 'samples that the Fisher information of a task is measured on, at most; a whole number' },
    fisher: { default: 'true', range: ['true', 'empirical'], summary: 'labels drawn from the model, or the data\'s own' },
    penalty: { default: 'separate', range: ['separate', 'online'], summary: 'one for each task before, or one about the last optimum' },
    gamma: { default: 0.95, range: [0, 1], summary: 'online: what is kept of the information at each new task' },
  },
  phases(tasks, epochs, { samples }) {
    const stepsPerTask = Number(samples);
    if (!Number.isInteger(stepsPerTask)) throw new ConfigError(`method ewc, option samples: expected a whole number, got ${stepsPerTask}`);
    return tasks.flatMap((task, i): Phase[] => [
      { name: 'train', tasks: [task], mode: 'alternating', epochs },
      ...i < tasks.length - 1 ? [{ name: MEASURE, tasks: [task], mode: 'alternating', epochs: 1, batchSize: 1, stepsPerTask } as const] : [],
    ]);
  },
  create({ model, lr, values }) {
    const rate = lr * Number(values.lambda);
    const trunk = new SGD(model.shared, { lr });
    const heads = headOptimizers(model, lr);
    const penalty = new FisherPenalty(model.shared);
    /** Tasks that are held. */
    const held = new Uint32Array(1);
    let measuring = false;
    return {
      startPhase({ name }) {
        measuring = name === MEASURE;
      },
      step([term]) {
        if (measuring && term) {
          measure(model, term, penalty, values.fisher === 'empirical');
          return undefined;
        }
        const task = descend(model, term);
        trunk.step();
        if (rate > 0 && held[0] !== 0) penalty.pull(rate);
        heads(task);
        return undefined;
      },
      endPhase() {
        if (!measuring) return;
        using _scope = model.shared.device.scope();
        penalty.consolidate(values.penalty === 'online' ? Number(values.gamma) : null);
        held[0] = (held[0] ?? 0) + 1;
      },
      stateDict: async () => new Map<string, Float32Array | Uint32Array>([...await penalty.stateDict(), ['held', held.slice()]]),
      loadStateDict(state) {
        penalty.loadStateDict(state);
        held.set(state.get('held') ?? []);
      },
    };
  },
};
