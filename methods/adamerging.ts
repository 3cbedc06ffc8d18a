/** AdaMerging: merging coefficients under which the merged model is sure of what it says, learnt without labels. */
import { Adam, Generator, ParameterArena, backward, clamp, full, mul, noGrad, sum } from '../engine/index.ts';
import { descendAll } from './descend.ts';
import { changesOf } from './merging/changes.ts';
import { merge, piecesOf, slopes } from './merging/coefficients.ts';
import { entropyOf } from './merging/entropy.ts';
import { MERGE, MERGING_OPTIONS, basePhases, fineTuning } from './merging/fine-tuning.ts';
import { agreeing } from './merging/trimming.ts';
import type { Hyperparameter, HyperparameterValues, Method } from './method.ts';
import type { Phase } from './phase.ts';
import { within } from './state.ts';
import { eachTask } from './term.ts';

const hyperparameters = {
  ...MERGING_OPTIONS,
  mergeShare: { default: 0.2, range: [0.01, 0.9], summary: 'share of the epochs in which the coefficients learn; `baseShare` is of the others' },
  granularity: { default: 'tensor', range: ['tensor', 'task'], summary: 'coefficients for each tensor and task, or for each task alone' },
  initial: { default: 0.3, range: [0, 1], summary: 'what the coefficients start from' },
  lambdaLr: { default: 1e-3, range: [1e-6, 1], summary: 'learning rate of the coefficients, by Adam' },
  keep: { default: 1, range: [0, 1], summary: 'below 1, changes are trimmed to this share and to the elected signs before, as in TIES; the paper\'s AdaMerging++ has 0.2' },
} satisfies Record<string, Hyperparameter>;

/** The last `mergeShare` of the epochs, at least one, for the coefficients; of the others, `baseShare` for the base, and at least one for fine-tuning. */
function phases(tasks: readonly string[], epochs: number, { baseShare, mergeShare }: HyperparameterValues): readonly Phase[] {
  const learning = Math.max(1, Math.round(epochs * Number(mergeShare)));
  const rest = Math.max(1, epochs - learning);
  const base = Math.min(rest - 1, Math.round(rest * Number(baseShare)));
  return [...basePhases(tasks, base, rest - base), { name: MERGE, tasks, mode: 'joint', epochs: learning }];
}

/**
 * `theta(lambda) = theta_0 + sum_t lambda_t (theta_t - theta_0)`, lambda clamped to [0, 1], by steps of Adam down the sum over tasks of the entropy of the
 * merged model's outputs. Labels are not looked at, but for the losses that an epoch reports. Heads stay as fine-tuning left them. The derivative by a
 * coefficient is the product of that by the merged parameters with the task's change.
 */
export const adamerging: Method = {
  name: 'adamerging',
  family: 'model merging',
  summary: 'copies of a common trunk, fine-tuned apart, merged by coefficients that minimise the entropy of the outputs',
  source: 'Yang et al., "AdaMerging: Adaptive Model Merging for Multi-Task Learning", ICLR 2024',
  hyperparameters,
  phases,
  create(context) {
    const { model: { shared, tasks: heads }, model, tasks, values } = context;
    const entropies = tasks.map((task) => entropyOf(heads.get(task)?.kind ?? 'regression'));
    const { experts, rule } = fineTuning(context);
    const { base, tuned } = experts;
    const pieces = piecesOf(shared, values.granularity === 'task' ? 'task' : 'tensor');
    const arena = new ParameterArena(shared.device, [{ name: 'lambda', shape: [pieces.length, tasks.length], init: (device, shape) => full(device, shape, Number(values.initial)) }], new Generator(0));
    const lambda = arena.get('lambda');
    const adam = new Adam(arena, { lr: Number(values.lambdaLr) });
    // From this phase on, the copies hold what fine-tuning changed.
    const changes = tuned.map((copy) => copy.values);
    const mergeNow = (): void => merge(shared, base.values, changes, clamp(lambda.detach(), 0, 1), pieces);
    let merging = false;
    return {
      async startPhase(phase, resumed) {
        await rule.startPhase(phase, resumed);
        merging = phase.name === MERGE;
        if (!merging || resumed) return;
        const found = (await changesOf(experts)).changes;
        const kept = Number(values.keep) < 1 ? agreeing(found, Math.round(Number(values.keep) * shared.size)) : found;
        for (const [k, change] of kept.entries()) changes[k]?.write(change);
      },
      step(terms) {
        if (!merging) return rule.step(terms);
        mergeNow();
        const each = eachTask(tasks, terms);
        noGrad(() => each.forEach((term) => term.loss()));
        descendAll(model, entropies.flatMap((entropy, i) => each[i] ? [entropy(each[i].outputs())] : []));
        arena.zeroGrad();
        backward(sum(mul(clamp(lambda, 0, 1), slopes(shared, changes, pieces))));
        adam.step();
        return undefined;
      },
      endEpoch() {
        if (!merging) return;
        using _scope = shared.device.scope();
        mergeNow();
      },
      async stateDict() {
        const state = await rule.stateDict();
        state.set('lambda', await arena.values.read() as Float32Array);
        for (const [name, data] of await adam.stateDict()) state.set(`adam.${name}`, data);
        return state;
      },
      loadStateDict(state) {
        rule.loadStateDict(state);
        arena.values.write(state.get('lambda') ?? []);
        adam.loadStateDict(within(state, 'adam.'));
      },
    };
  },
};
