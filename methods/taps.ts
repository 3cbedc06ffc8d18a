/** TAPS: a shared base, and for each task the few layers that it needs to have for itself, which it finds out. */
import { ConfigError, SGD, assign, backward, maximum, minimum, neg, sub, zeros } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import { MultiTaskModel } from '../models/index.ts';
import { descendAll } from './descend.ts';
import { frozen } from './frozen.ts';
import { GATED, GATES, gatedDeltas } from './gated-deltas.ts';
import type { Method } from './method.ts';
import { checkOwn, ownOf, ownOptimizers } from './own-optimizers.ts';
import { alternating } from './phase.ts';
import { plainSGD } from './plain-sgd.ts';

const BASE = 'base';

/**
 * Nearer to 0 by so much, and no further: the implicit step down `amount |s|`. The explicit one swings about 0, and where the swing is wider than the
 * threshold, opens what it closed.
 */
function shrunk(s: Tensor, amount: Tensor): Tensor {
  return sub(s, maximum(minimum(s, amount), neg(amount)));
}

export const taps: Method = {
  name: 'taps',
  family: 'parameter isolation',
  summary: 'a shared base, then layers of its own for each task, where a gate that is learnt stays open',
  source: 'Wallingford et al., "Task Adaptive Parameter Sharing for Multi-Task Learning", CVPR 2022',
  hyperparameters: {
    lambda: { default: 0.1, range: [0, 1e6], summary: 'price of open gates; the paper\'s: 0.1, 0.3, 0.5, 1' },
    threshold: { default: 0.1, range: [0, 0.15], summary: 'where a gate closes; the paper\'s: 0.1. Gates start at 0.15' },
    warmup: { default: 2, range: [0, 1e9], summary: 'epochs of adaptation without the price; the paper\'s: 2' },
    momentum: { default: 0.9, range: [0, 0.999], summary: 'of what each task has for itself; the paper\'s: 0.9, with learning rates 0.005 to 0.01' },
    base: { default: 'joint', range: ['joint', 'alternating', 'initial'], summary: 'trained on all tasks, together or in turn, or as it starts: pretrained' },
  },
  phases(tasks, epochs, { base }) {
    const before = base === 'initial' ? [] : [{ name: BASE, tasks, mode: base === 'alternating' ? 'alternating' : 'joint', epochs } as const];
    return [...before, ...alternating(tasks, epochs)];
  },
  model({ device, trunk, tasks, seed }, { threshold }) {
    const made = trunk();
    return new MultiTaskModel(device, made, tasks, seed, gatedDeltas(made, Number(threshold)));
  },
  create({ model, lr, values }) {
    checkOwn('taps', model, GATED);
    const { shared } = model;
    const update = plainSGD(model, lr);
    const own = ownOptimizers(model, (arena) => new SGD(arena, { lr, momentum: Number(values.momentum) }));
    const price = zeros(shared.device, [1]);
    /** Of the adaptation, so far. */
    const epochs = new Uint32Array(1);
    const count = Math.max(...[...model.heads.values()].map((arena) => arena.get(GATES).size));
    const charge = (): void => price.write([(epochs[0] ?? 0) < Number(values.warmup) ? 0 : (lr * Number(values.lambda)) / count]);
    let preparing = false;
    return {
      startPhase({ name }, resumed) {
        preparing = name === BASE;
        if (!resumed) epochs[0] = 0;
        charge();
      },
      step(terms) {
        if (preparing) {
          descendAll(model, terms.map((term) => term.loss({ own: frozen(ownOf(model, term.task), (name) => name.startsWith(GATED)) })));
          update(terms.map(({ task }) => task));
          return undefined;
        }
        const [term] = terms;
        if (!term) throw new ConfigError('a step needs a batch');
        model.zeroGrad();
        backward(term.loss({ shared: frozen(shared) }));
        own.step(term.task);
        const gates = ownOf(model, term.task).get(GATES);
        assign(gates, shrunk(gates.detach(), price));
        return undefined;
      },
      endEpoch() {
        if (preparing) return;
        epochs[0] = (epochs[0] ?? 0) + 1;
        charge();
      },
      stateDict: async () => (await own.stateDict()).set('epochs', epochs.slice()),
      loadStateDict(state) {
        own.loadStateDict(state);
        epochs.set(state.get('epochs') ?? []);
      },
    };
  },
};
