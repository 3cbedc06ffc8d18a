/** iMAML: its oracle on parabolas, the equation that its gradient solves on a network, one whole step by hand. */
import { describe, expect, test } from 'vitest';
import { ConfigError, Generator, ParameterArena, SGD, affine, backward, hvp, mul, rand, reshape, sub, sum, tensor } from 'lazygrad';
import type { Tensor } from 'lazygrad';
import { resolveHyperparameters, termOf } from 'lazygrad/methods';
import { MultiTaskModel, mlp } from 'lazygrad/models';
import type { Parameters } from 'lazygrad/models';
import { adapt, imaml, implicitGradient } from '../../methods/imaml.ts';
import type { Implicit } from '../../methods/imaml.ts';
import { twinOf } from '../../methods/twin.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();

describe('inner loss ½ (phi - a)ᵀ A (phi - a), A = diag(1, 3), a = (1, 2)', () => {
  const [LAMBDA, A, CENTER, THETA] = [0.75, [1, 3], [1, 2], [2, -1]];
  const arena = (values: readonly number[]): ParameterArena => new ParameterArena(device, [{ name: 'w', shape: [2], init: (d) => tensor(d, [...values]) }], new Generator(0));
  const half = (x: Tensor): Tensor => affine(sum(x), 0.5, 0);
  const inner = (p: Parameters): Tensor => {
    const off = sub(p.get('w'), tensor(device, CENTER));
    return half(mul(mul(off, off), tensor(device, A)));
  };
  const square = (p: Parameters): Tensor => half(mul(p.get('w'), p.get('w')));
  const gradient = async (phi: ParameterArena, outer: Tensor, options: Partial<Implicit> = {}): Promise<number[]> => {
    const [found] = implicitGradient(phi, inner(phi), outer, { lambda: LAMBDA, damping: 0, steps: 2, ...options });
    return [...await found!.read()].slice(0, 2);
  };
  /** ½ ||phi*(theta)||², phi* = (A + lambda I)^-1 (A a + lambda theta). */
  const bilevel = (theta: readonly number[]): number => theta.reduce((total, t, i) => total + ((A[i]! * CENTER[i]! + LAMBDA * t) / (A[i]! + LAMBDA)) ** 2 / 2, 0);

  test('phi* = (1.42857143, 1.4); two steps of conjugate gradients give (0.6122449, 0.28), which is the slope of the bilevel objective', async () => {
    using _scope = device.scope();
    const [theta, phi] = [arena(THETA), arena([7, 7])];
    const optimizer = new SGD(phi, { lr: 0.3 });
    adapt(phi, theta, { lambda: LAMBDA, steps: 60 }, () => backward(inner(phi)), () => optimizer.step());
    expectClose(await phi.get('w').read(), [1.42857143, 1.4], { atol: 1e-6 });
    const found = await gradient(phi, square(phi));
    expectClose(found, [0.6122449, 0.28], { atol: 1e-6 });
    for (const [i, value] of found.entries()) {
      const at = (shift: number): number => bilevel(THETA.map((t, k) => t + (k === i ? shift : 0)));
      expect(value).toBeCloseTo((at(1e-4) - at(-1e-4)) / 2e-4, 5);
    }
  });

  test('the paper\'s equation, and what other operators would give', async () => {
    using _scope = device.scope();
    const phi = arena([0.5, 0.5]);
    // Gradient (1, 1).
    const outer = (): Tensor => sum(phi.get('w'));
    expectClose(await gradient(phi, outer()), [0.428571, 0.2], { atol: 1e-5 });
    // Its released code has ((1 + 1) I + H / (lambda + 10)).
    expectClose(await gradient(phi, outer(), { lambda: LAMBDA + 10, damping: 1 }), [0.4782609, 0.4388365], { atol: 1e-3 });
    expectClose(await gradient(phi, outer(), { lambda: 1e6 }), [1, 1], { atol: 1e-5 });
    expectClose(await gradient(phi, outer(), { steps: 0 }), [1, 1]);
  });

  test('no steps: phi is theta', async () => {
    using _scope = device.scope();
    const [theta, phi] = [arena(THETA), arena([7, 7])];
    adapt(phi, theta, { lambda: LAMBDA, steps: 0 }, () => undefined, () => undefined);
    expect([...await phi.get('w').read()]).toEqual(THETA);
  });
});

const TASKS = ['a', 'b'];
function small(): { model: MultiTaskModel; terms: ReturnType<typeof termOf>[] } {
  const model = new MultiTaskModel(device, mlp({ inputs: 3, widths: [5] }), TASKS.map((name) => ({ name, outputs: 2 })), 1);
  const terms = TASKS.map((name, i) => termOf({
    model, task: { name, kind: 'multiclass' }, inputs: rand(device, [7, 3], new Generator(i + 7), -3, 3), targets: tensor(device, Int32Array.of(0, 1, 1, 0, 1, 0, 0)), missing: false,
  }));
  return { model, terms };
}

test('a network: the gradient solves its equation, with the Hessian of the engine', async () => {
  using _scope = device.scope();
  const { model, terms: [term] } = small();
  const { shared } = model;
  const { lambda, damping } = { lambda: 0.02, damping: 0.25 };
  const [found] = implicitGradient(shared, term!.part(0, 3).loss(), term!.part(3, 7).loss(), { lambda, damping, steps: 40 });
  const segments = shared.segments.map(({ name, shape, offset, length }) => ({ parameter: shared.get(name), g: found!.view({ shape: [length], strides: [1], offset }), shape }));
  const products = hvp(
    (...inputs) => term!.part(0, 3).loss({ shared: { get: (name) => inputs[shared.segments.findIndex((segment) => segment.name === name)]! } }),
    segments.map(({ parameter }) => parameter), segments.map(({ g, shape }) => reshape(g, shape)),
  );
  shared.zeroGrad();
  backward(term!.part(3, 7).loss());
  for (const [i, { parameter, g }] of segments.entries()) {
    const [v, h] = [await g.read(), await products[i]!.read()];
    expect(Math.max(...h.map(Math.abs)) / lambda).toBeGreaterThan(0.02);
    expectClose(v.map((value, k) => (1 + damping) * value + h[k]! / lambda), await parameter.grad!.read(), { atol: 2e-6 });
  }
});

test('one whole step: a step of SGD on the first half, then the gradient of the second half there, on average over the tasks', async () => {
  using _scope = device.scope();
  const { model, terms } = small();
  const lr = 0.5;
  const values = resolveHyperparameters(imaml, { innerSteps: 1, cgSteps: 0, outerLr: 0.25 });
  const rule = imaml.create({ model, tasks: TASKS, lr, seed: 1, values });
  const start = [...await model.shared.values.read()];
  const mean = new Array<number>(start.length).fill(0);
  const heads: number[][] = [];
  for (const [i, task] of TASKS.entries()) {
    const [head, phi] = [twinOf(model.heads.get(task)!), twinOf(model.shared)];
    const views = { shared: phi, own: head };
    backward(terms[i]!.part(0, 3).loss(views));
    for (const arena of [head, phi]) new SGD(arena, { lr }).step();
    phi.zeroGrad();
    backward(terms[i]!.part(3, 7).loss(views));
    for (const [k, slope] of (await phi.gradients.read()).entries()) mean[k]! += slope / 2;
    heads.push([...await head.values.read()]);
  }
  // What lies there from before has no influence.
  for (const arena of [model.shared, ...model.heads.values()]) for (const { name, length } of arena.segments) arena.get(name).grad!.write(new Float32Array(length).fill(1));
  rule.step([...terms].reverse());
  expectClose(await model.shared.values.read(), start.map((value, k) => value - 0.25 * mean[k]!), { atol: 1e-6 });
  for (const [i, task] of TASKS.entries()) expectClose(await model.heads.get(task)!.values.read(), heads[i]!, { atol: 1e-6 });
});

test('a batch of one sample', async () => {
  using _scope = device.scope();
  const { model, terms } = small();
  imaml.create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(imaml, { innerSteps: 2, cgSteps: 2 }) }).step(terms.map((term) => term.part(0, 1)));
  expect((await model.shared.values.read()).every((value) => Number.isFinite(value))).toBe(true);
});

test('a spring too strong for the learning rate is refused', () => {
  using _scope = device.scope();
  const { model } = small();
  expect(() => imaml.create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(imaml, { lambda: 25 }) })).toThrow(ConfigError);
});
