/** iMAML: the trunk is where a few steps on any task, tied to it by a spring, lead to a good solution; its gradient is implicit. */
import { accumulate, add, affine, assign, backward, ConfigError, div, grad, gt, mul, noGrad, reshape, SGD, sqrt, sub, sum, where } from '../engine/index.ts';
import type { ParameterArena, Tensor } from '../engine/index.ts';
import { conjugateGradient } from './conjugate-gradient.ts';
import { headOptimizers } from './heads.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';
import { partOf, shapedPart, stretchesOf, zeroStretches } from './stretches.ts';
import type { Stretches } from './stretches.ts';
import { eachTask } from './term.ts';
import type { Term } from './term.ts';
import { assignValues, twinOf } from './twin.ts';
import { wholeNumber } from './whole.ts';

export interface Implicit {
  /** Strength of the spring. */
  readonly lambda: number;
  /** Of SGD towards the minimum; of conjugate gradients. */
  readonly steps: number;
  /** Added to the identity in the linear equations. */
  readonly damping: number;
}

/** Adds to the gradients of phi those of the spring `lambda/2 ||phi - theta||²`. */
function pull(phi: ParameterArena, theta: ParameterArena, lambda: number): void {
  using _scope = phi.device.scope();
  const [values, anchors] = [stretchesOf(phi, phi.values), stretchesOf(theta, theta.values)];
  for (const [i, gradients] of stretchesOf(phi, phi.gradients).entries()) {
    const [value, anchor] = [values[i], anchors[i]];
    if (value && anchor) accumulate(gradients, affine(sub(value, anchor), lambda, 0));
  }
}

/**
 * Brings phi from theta towards the minimum of a loss and a spring to theta.
 * @param descend adds the gradients of the loss
 * @param move takes a step down all gradients
 */
export function adapt(phi: ParameterArena, theta: ParameterArena, { lambda, steps }: Omit<Implicit, 'damping'>, descend: () => void, move: () => void): void {
  assignValues(phi, theta);
  for (let step = 0; step < steps; step++) {
    using _scope = phi.device.scope();
    phi.zeroGrad();
    descend();
    pull(phi, theta, lambda);
    move();
  }
}

/** What `grad` gives for each parameter, as a vector over the arena. */
function gathered(arena: ParameterArena, gradients: readonly (Tensor | null)[]): Stretches {
  const out = zeroStretches(arena);
  for (const [i, segment] of arena.segments.entries()) {
    const gradient = gradients[i];
    if (gradient) assign(partOf(arena, out, segment), reshape(gradient, [segment.length]));
  }
  return out;
}

/**
 * The gradient of `outer(phi*)` by theta, phi* the minimum of `inner(phi) + lambda/2 ||phi - theta||²`: g with
 * `((1 + damping) I + H / lambda) g = gradient of outer`, H the Hessian of inner, both at phi. The products with H are exact: derivatives of the
 * gradient's tape, which is made once. With an inner loss that is convex g is no longer than the gradient of outer; where it comes out longer, the curvature is
 * negative, and it is scaled back to that.
 * @param inner, outer losses on the tape of phi
 */
export function implicitGradient(phi: ParameterArena, inner: Tensor, outer: Tensor, { lambda, damping, steps }: Implicit): Stretches {
  const parameters = phi.segments.map(({ name }) => phi.get(name));
  const slopes = grad(inner, parameters, { createGraph: true });
  const product = (v: Stretches): Stretches => {
    // A gradient that depends on no parameter has no derivative.
    const along = phi.segments.flatMap((segment, i) => slopes[i]?.requiresGrad ? [sum(mul(slopes[i], shapedPart(phi, v, segment)))] : []);
    const curved = along.length === 0 ? [] : gathered(phi, grad(along.reduce((a, b) => add(a, b)), parameters));
    return v.map((part, i) => {
      const identity = affine(part, 1 + damping, 0);
      return curved[i] ? add(identity, affine(curved[i], 1 / lambda, 0)) : identity;
    });
  };
  const direct = gathered(phi, grad(outer, parameters));
  return noLonger(conjugateGradient(product, direct, steps), direct);
}

/** The first vector, scaled down where it is longer than the second. */
function noLonger(vector: Stretches, than: Stretches): Stretches {
  const square = (v: Stretches): Tensor => v.map((part) => sum(mul(part, part))).reduce((a, b) => add(a, b));
  const [size, limit] = [square(vector), square(than)];
  const scale = where(gt(size, limit), sqrt(div(limit, where(gt(size, limit), size, 1))), 1);
  return vector.map((part) => mul(part, scale));
}

/** Two disjoint halves of a batch; of one sample, that one twice. */
function halves(term: Term): readonly [Term, Term] {
  const middle = term.size >> 1;
  return middle === 0 ? [term, term] : [term.part(0, middle), term.part(middle, term.size)];
}

/**
 * Every step, for each task: from theta, steps of SGD on `L_train(phi) + lambda/2 ||phi - theta||²`, in which the head learns; then the implicit gradient
 * of `L_validation(phi)`. Training and validation are halves of the batch. theta goes down the mean of these gradients.
 */
export const imaml: Method = {
  name: 'imaml',
  family: 'meta-learning',
  summary: 'a trunk from which a few steps lead to each task, by the implicit gradient of where they lead',
  source: 'Rajeswaran et al., "Meta-Learning with Implicit Gradients", NeurIPS 2019',
  hyperparameters: {
    lambda: { default: 0.75, range: [1e-3, 1e6], summary: 'strength of the spring between a task\'s trunk and the shared one; the paper\'s: 0.75' },
    innerSteps: { default: 50, range: [1, 1000], summary: 'steps of SGD on each task; the paper\'s: 50' },
    outerLr: { default: 0.01, range: [1e-6, 10], summary: 'learning rate of the shared trunk; the paper\'s: 0.01' },
    cgSteps: { default: 10, range: [0, 100], summary: 'steps of conjugate gradients; 0: the gradient of the validation loss as it is; the paper\'s: 10' },
    damping: { default: 0, range: [0, 100], summary: 'added to the identity in the linear equations, where the loss is not convex' },
  },
  phases: joint,
  create({ model, tasks, lr, values }) {
    const { shared } = model;
    const [lambda, innerSteps, outerLr] = [Number(values.lambda), wholeNumber(values, 'innerSteps'), Number(values.outerLr)];
    const implicit = { lambda, damping: Number(values.damping), steps: wholeNumber(values, 'cgSteps') };
    if (!(lr * lambda < 2)) throw new ConfigError(`imaml: steps of ${lr} against a spring of lambda ${lambda} diverge: their product must be below 2`);
    const phi = twinOf(shared);
    const [inner, outer] = [new SGD(phi, { lr }), new SGD(shared, { lr: outerLr })];
    const heads = headOptimizers(model, lr);
    return {
      step(terms) {
        shared.zeroGrad();
        for (const term of eachTask(tasks, terms)) {
          using _scope = shared.device.scope();
          noGrad(() => term.loss());
          const [training, validation] = halves(term);
          const at = { shared: phi };
          adapt(phi, shared, { lambda, steps: innerSteps }, () => {
            model.heads.get(term.task)?.zeroGrad();
            backward(training.loss(at));
          }, () => {
            inner.step();
            heads(term.task);
          });
          const found = implicitGradient(phi, training.loss(at), validation.loss(at), implicit);
          for (const [i, gradients] of stretchesOf(shared, shared.gradients).entries()) if (found[i]) accumulate(gradients, affine(found[i], 1 / tasks.length, 0));
        }
        outer.step();
        return undefined;
      },
    };
  },
};
