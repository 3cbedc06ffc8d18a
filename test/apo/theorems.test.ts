/** The paper's theorems as printed, against losses b·x + ½ H |x|² whose change is known; and what of them can be kept. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementsAgree, harmlessRate, helpfulRate, implicitFactor, maskedAlignment, printedAgreementCondition, printedHarmlessRate, printedTransferCondition, proximalFactor, transferRate, worstChange } from 'lazygrad/apo';

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** By how much the loss b·x + ½ H |x|² changes with the step -η Γ a from 0. */
function change({ a, b, gamma = a.map(() => 1), lr, H }: { a: readonly number[]; b: readonly number[]; gamma?: readonly number[]; lr: number; H: number }): number {
  const step = a.map((value, i) => -lr * gamma[i]! * value);
  return dot(b, step) + 0.5 * H * dot(step, step);
}

describe('equation 25', () => {
  test('is the implicit proximal step', () => {
    const number = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(fc.property(number, number, fc.double({ min: 0, max: 10, noNaN: true }), fc.double({ min: 1e-4, max: 3, noNaN: true }), (theta, g, mu, lr) => {
      // argmin of g x + mu (x - theta)² + (x - theta)² / (2 lr), by bisection of its slope.
      let [low, high] = [theta - 20, theta + 20];
      for (let i = 0; i < 200; i++) {
        const x = (low + high) / 2;
        if (g + 2 * mu * (x - theta) + (x - theta) / lr > 0) high = x;
        else low = x;
      }
      expect(low - theta).toBeCloseTo(-lr * implicitFactor(mu, lr) * g, 9);
      expect((theta - lr * g + 2 * mu * lr * theta) / (1 + 2 * mu * lr) - theta).toBeCloseTo(-lr * implicitFactor(mu, lr) * g, 9);
    }));
  });

  test('is not the first step of Algorithm 1, which takes all of the gradient', () => {
    const [theta, previous, g, mu, lr] = [2, 2, 3, 1, 0.5];
    expect(-lr * (g + 2 * mu * (theta - previous))).toBe(-lr * g);
    expect(proximalFactor(2 * mu * lr, 1)).toBe(1);
    expect(implicitFactor(mu, lr)).toBe(0.5);
    // At the paper's rate and mu it would protect by two per cent.
    expect(implicitFactor(1, 0.01)).toBeCloseTo(0.98, 3);
  });
});

describe('theorem 1', () => {
  test('its condition holds where elements disagree, and the loss rises', () => {
    const of = { a: [1, 1], b: [1, -0.9], gamma: [0.01, 1], lr: 1, H: 1e-3 };
    const assumed = { alignment: dot(of.a, of.b) / 2, curvature: of.H };
    expect(assumed.alignment).toBeGreaterThan(0);
    expect([of.lr * 0.01, 2 * assumed.alignment / of.H]).toEqual([0.01, expect.closeTo(100, 9)]);
    expect(printedTransferCondition(of.lr, 0.01, assumed)).toBe(true);
    expect(elementsAgree(of.b, of.a)).toBe(false);
    expect(change(of)).toBeCloseTo(0.89, 2);
    // Even at the rate that solves equation 39 rightly.
    const lr = transferRate(0.01, assumed) * 0.9;
    expect(change({ ...of, lr })).toBeGreaterThan(0);
  });

  test('its condition is not what equation 39 says, nor does it imply equation 33', () => {
    const of = { a: [1, 1], b: [0, 1], gamma: [1, 0.1], lr: 9, H: 1 };
    const assumed = { alignment: 0.5, curvature: 1 };
    expect(elementsAgree(of.b, of.a)).toBe(true);
    expect(maskedAlignment(of.b, of.a, of.gamma).slope).toBeGreaterThanOrEqual(0.1 * dot(of.a, of.b));
    expect(printedTransferCondition(9, 0.1, assumed)).toBe(true);
    expect(printedTransferCondition(11, 0.1, assumed)).toBe(false);
    expect(printedAgreementCondition(9, assumed)).toBe(false);
    expect(change(of)).toBeCloseTo(40, 0);
  });

  test('where elements agree, the right rate makes the loss fall', () => {
    const positive = fc.double({ min: 0.01, max: 3, noNaN: true });
    fc.assert(fc.property(fc.array(fc.tuple(positive, positive, fc.double({ min: 0.05, max: 1, noNaN: true }), fc.boolean()), { minLength: 1, maxLength: 6 }), positive, (rows, H) => {
      const [a, b, gamma] = [rows.map(([x, , , minus]) => (minus ? -x : x)), rows.map(([, x, , minus]) => (minus ? -x : x)), rows.map((row) => row[2])];
      const squared = Math.max(dot(a, a), dot(b, b));
      const rate = transferRate(Math.min(...gamma), { alignment: dot(a, b) / squared, curvature: H });
      expect(elementsAgree(b, a)).toBe(true);
      expect(change({ a, b, gamma, H, lr: 0.999 * rate })).toBeLessThan(0);
      expect(rate).toBeLessThanOrEqual(helpfulRate(maskedAlignment(b, a, gamma), H) * (1 + 1e-9));
    }));
  });
});

describe('theorem 2', () => {
  test('allows a step that does fifteen times the harm', () => {
    const rate = printedHarmlessRate(0.01, { alignment: 1e-3, gradient: 1, curvature: 1 });
    expect(rate).toBeCloseTo(0.1414, 4);
    expect(change({ a: [0.6, 0.8], b: [-0.6, -0.8], lr: rate, H: 1 })).toBeCloseTo(0.151, 3);
  });

  test('allows twice the harm where both of its limits bind', () => {
    const assumed = { alignment: 1, gradient: 1, curvature: 200 };
    const rate = printedHarmlessRate(0.01, assumed);
    expect(rate).toBeCloseTo(0.01, 12);
    expect(Math.sqrt(0.02 / 200)).toBeCloseTo(rate, 12);
    expect(change({ a: [1], b: [-1], lr: rate, H: 200 })).toBeCloseTo(0.02, 12);
    expect(worstChange(rate, assumed.gradient, assumed.curvature)).toBeCloseTo(0.02, 12);
  });

  test('the limits are of the gradients\' length: each by itself', () => {
    expect(printedHarmlessRate(0.08, { alignment: 0.5, gradient: 2, curvature: 1 })).toBeCloseTo(0.04, 12);
    expect(printedHarmlessRate(0.08, { alignment: 0.01, gradient: 2, curvature: 4 })).toBeCloseTo(0.1, 12);
  });

  test('no step does more than the worst, which is reached, and is the harm at the harmless rate', () => {
    const unit = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(fc.property(fc.array(fc.tuple(unit, unit, fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 1, maxLength: 5 }), fc.double({ min: 0.01, max: 5, noNaN: true }), fc.double({ min: 0.01, max: 50, noNaN: true }), (rows, lr, curvature) => {
      const [a, b, gamma] = [0, 1, 2].map((k) => rows.map((row) => row[k]!));
      const gradient = Math.sqrt(Math.max(dot(a!, a!), dot(b!, b!)));
      const rate = lr * Math.max(...gamma!);
      const worst = worstChange(rate, gradient, curvature);
      expect(change({ a: a!, b: b!, gamma: gamma!, lr, H: curvature })).toBeLessThanOrEqual(worst + 1e-12);
      expect(change({ a: [gradient], b: [-gradient], lr: rate, H: curvature })).toBeCloseTo(worst, 9);
      if (gradient > 0.1) expect(worstChange(harmlessRate(0.03, gradient, curvature), gradient, curvature)).toBeCloseTo(0.03, 9);
    }));
  });
});
