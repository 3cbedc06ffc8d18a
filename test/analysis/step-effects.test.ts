/** Steps whose effect is known: of losses that are quadratic in the trunk's parameters, and along masks. */
import { expect, test } from 'vitest';
import { rateThatHelps, stepEffects } from 'lazygrad/analysis';
import { helpfulRate, largestChange, maskedAlignment } from 'lazygrad/apo';
import { MultiTaskModel, mlp } from 'lazygrad/models';
import { add, affine, mul, sub, sum } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { constant } from '../support/layout.ts';
import { values } from '../support/values.ts';

const device = await testDevice();
const model = (): MultiTaskModel => new MultiTaskModel(device, mlp({ inputs: 3, widths: [4] }), [{ name: 'a', outputs: 1 }], 1);

/** ½ h |w - c|² of the first layer's weights w, and no other parameter. */
function quadratic(m: MultiTaskModel, h: number, seed: number): { loss: () => Tensor; centre: number[] } {
  const centre = values([4, 3], 'normal', seed);
  const c = constant(device, centre);
  return {
    centre: [...centre.data],
    loss: () => {
      const off = sub(m.shared.get('fc1.weight'), c);
      return affine(sum(mul(off, off)), h / 2, 0);
    },
  };
}

test('of quadratic losses: predicted, realised and curvature by the definition; rows are affected, columns act', async () => {
  using _scope = device.scope();
  const m = model();
  const of = [quadratic(m, 0.8, 5), quadratic(m, 3, 6)];
  const w = [...await m.shared.get('fc1.weight').read()];
  const before = await m.shared.values.read();
  const { offset } = m.shared.segments[0]!;
  const gamma = [0, 1].map((k) => Float32Array.from(before, (_, i) => [1, 0.01, 0][(i + k) % 3]!));
  const lr = 0.3;
  const effects = await stepEffects(m, of.map(({ loss }) => loss), { lr, factors: gamma });
  expect(await m.shared.values.read()).toEqual(before);
  expect((await m.shared.gradients.read()).every((value) => value === 0)).toBe(true);
  const [h, gradient] = [[0.8, 3], of.map(({ centre }, t) => w.map((value, i) => [0.8, 3][t]! * (value - centre[i]!)))];
  const factor = (t: number): number[] => w.map((_, i) => gamma[t]![offset + i]!);
  for (const s of [0, 1]) {
    for (const t of [0, 1]) {
      const step = gradient[t]!.map((value, i) => -lr * factor(t)[i]! * value);
      const loss = (x: number[]): number => x.reduce((total, value, i) => total + h[s]! / 2 * (value - of[s]!.centre[i]!) ** 2, 0);
      const aligned = maskedAlignment(gradient[s]!, gradient[t]!, factor(t));
      const found = effects[s]![t]!;
      expect(found.cosine).toBeCloseTo(aligned.cosine, 5);
      expect(found.predicted).toBeCloseTo(gradient[s]!.reduce((total, value, i) => total + value * step[i]!, 0), 4);
      expect(found.realised).toBeCloseTo(loss(w.map((value, i) => value + step[i]!)) - loss(w), 4);
      // For a quadratic loss the bound is the change, and the curvature is its own.
      expect(found.realised).toBeCloseTo(largestChange(aligned, lr, h[s]!), 4);
      expect(found.curvature).toBeCloseTo(h[s]!, 2);
      if (aligned.slope > 0) expect(rateThatHelps(found, lr)).toBeCloseTo(helpfulRate(aligned, found.curvature), 3);
      else expect(rateThatHelps(found, lr)).toBe(0);
    }
  }
});

test('without factors the step is the whole gradient; of none there is nothing to say', async () => {
  using _scope = device.scope();
  const m = model();
  const { loss } = quadratic(m, 2, 5);
  const flat = (): Tensor => affine(sum(m.shared.get('fc1.bias')), 0, 1);
  const effects = await stepEffects(m, [loss, flat], { lr: 0.5 });
  // Half of the curvature's inverse: a step to the minimum.
  const [first, last] = [await loss().item(), effects[0]![0]!.realised];
  expect(last).toBeCloseTo(-first, 4);
  expect(effects[0]![0]!.cosine).toBeCloseTo(1, 6);
  expect(effects[1]!.map(({ realised, predicted }) => [Math.abs(realised), Math.abs(predicted)])).toEqual([[0, 0], [0, 0]]);
  expect([effects[0]![1]!.cosine, effects[0]![1]!.curvature, rateThatHelps(effects[0]![1]!, 0.5)]).toEqual([NaN, NaN, NaN]);
});

test('a loss that bends downwards: every rate helps where the slope does, and none where it does not', async () => {
  using _scope = device.scope();
  const m = model();
  const hill = (sign: number) => (): Tensor => {
    const w = m.shared.get('fc1.weight');
    return add(affine(sum(mul(w, w)), -0.5, 0), affine(sum(w), sign * 20, 0));
  };
  const effects = await stepEffects(m, [hill(1), hill(-1)], { lr: 0.1 });
  expect(effects.map((row) => row.map((each) => rateThatHelps(each, 0.1)))).toEqual([[Infinity, 0], [0, Infinity]]);
  expect(effects[0]![0]!.curvature).toBeCloseTo(-1, 1);
});
