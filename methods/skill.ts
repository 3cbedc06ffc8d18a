/** SKILL: a backbone that is trained once, and for each task a head and a bias for every channel. */
import { Adam, ConfigError, SGD, add, backward } from '../engine/index.ts';
import { MultiTaskModel, allZeros } from '../models/index.ts';
import type { Parameters, Parametrization, Trunk } from '../models/index.ts';
import { frozen } from './frozen.ts';
import { headOptimizers } from './heads.ts';
import type { Method } from './method.ts';
import { checkOwn, ownOf, ownOptimizers } from './own-optimizers.ts';
import { isBias } from './parameter-names.ts';
import { alternating } from './phase.ts';

const BACKBONE = 'backbone';
const PREFIX = 'beneficial.';
const isBeneficial = (name: string): boolean => name.startsWith(PREFIX);

/** Adds to each bias of the trunk one that the task has for itself, from 0. @throws ConfigError for a trunk without any */
export function beneficialBiases({ name: trunk, layers }: Trunk): Parametrization {
  const biases = layers.flatMap(({ specs }) => specs.filter(({ name }) => isBias(name)));
  if (biases.length === 0) throw new ConfigError(`method skill: the layers of ${trunk} have no biases to add to; choose biases=none`);
  const view = (shared: Parameters, own: Parameters): Parameters => ({
    get: (name) => isBias(name) ? add(shared.get(name), own.get(PREFIX + name)) : shared.get(name),
  });
  return { specs: [], ownSpecs: biases.map(({ name, shape }) => ({ name: PREFIX + name, shape, init: allZeros })), view };
}

export const skill: Method = {
  name: 'skill',
  family: 'continual learning',
  summary: 'a frozen backbone; each task trains a head and a bias for every channel',
  source: 'Ge et al., "Lightweight Learner for Shared Knowledge Lifelong Learning", TMLR 2023',
  hyperparameters: {
    backbone: { default: 'first-task', range: ['first-task', 'initial'], summary: 'trained on the first task, or as it starts: random or pretrained' },
    biases: { default: 'beneficial', range: ['beneficial', 'none'], summary: 'none: heads alone, a linear probe' },
    adamLr: { default: 0.001, range: [1e-8, 1], summary: 'learning rate of biases and heads; the paper\'s: 0.001' },
  },
  phases(tasks, epochs, { backbone }) {
    const [first] = tasks;
    const before = backbone === 'initial' || first === undefined ? [] : [{ name: BACKBONE, tasks: [first], mode: 'alternating', epochs } as const];
    return [...before, ...alternating(tasks, epochs)];
  },
  model({ device, trunk, tasks, seed }, { biases }) {
    const made = trunk();
    return new MultiTaskModel(device, made, tasks, seed, biases === 'none' ? null : beneficialBiases(made));
  },
  create({ model, lr, values }) {
    if (values.biases !== 'none') checkOwn('skill', model, PREFIX);
    const { shared } = model;
    const trunk = new SGD(shared, { lr });
    const heads = headOptimizers(model, lr);
    const own = ownOptimizers(model, (arena) => new Adam(arena, { lr: Number(values.adamLr) }));
    let preparing = false;
    return {
      startPhase({ name }) {
        preparing = name === BACKBONE;
      },
      step([term]) {
        if (!term) throw new ConfigError('a step needs a batch');
        model.zeroGrad();
        // What is not trained in a phase gets no gradient in it.
        backward(term.loss(preparing ? { own: frozen(ownOf(model, term.task), isBeneficial) } : { shared: frozen(shared) }));
        if (preparing) {
          trunk.step();
          heads(term.task);
        } else {
          own.step(term.task);
        }
        return undefined;
      },
      stateDict: () => own.stateDict(),
      loadStateDict: (state) => own.loadStateDict(state),
    };
  },
};
