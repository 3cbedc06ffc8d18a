/** Linear equations by products with their matrix alone, on the device alone. */
import { accumulate, add, affine, assign, copy, div, eq, gt, mul, ones, sum, where, zeros } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { Stretches } from './stretches.ts';

/** A number on the device. */
const dot = (a: Stretches, b: Stretches): Tensor => a.flatMap((x, i) => b[i] ? [sum(mul(x, b[i]))] : []).reduce((x, y) => add(x, y));
const scaled = (v: Stretches, by: Tensor): Stretches => v.map((x) => mul(x, by));
const put = (to: Stretches, from: Stretches): void => from.forEach((x, i) => to[i] && assign(to[i], x));
const addTo = (to: Stretches, from: Stretches): void => from.forEach((x, i) => to[i] && accumulate(to[i], x));

/**
 * x with `A x ≈ b` for a symmetric matrix A, by so many steps of conjugate gradients from 0. Where a direction p shows that A is not positive definite
 * (`p·Ap <= 0`), or where nothing is left to solve, x stays as it is from then on; if that is the first direction, x is b, the step of steepest descent.
 * Nothing is read back, so the number of steps is the same always and the work can be captured. With no steps x is b.
 * @param apply v to A v; what it allocates is freed after the step
 */
export function conjugateGradient(apply: (v: Stretches) => Stretches, b: Stretches, steps: number): Stretches {
  const device = b[0]?.device;
  if (!device || steps === 0) return b;
  const x = b.map(({ shape }) => zeros(device, shape));
  const [r, p] = [b.map(copy), b.map(copy)];
  let rr = dot(r, r);
  let going = ones(device, []);
  for (let step = 0; step < steps; step++) {
    using _scope = device.scope();
    const image = apply(p);
    const curvature = dot(p, image);
    const convex = gt(curvature, 0);
    const length = mul(going, where(convex, div(rr, where(convex, curvature, 1)), step === 0 ? 1 : 0));
    going = where(convex, going, 0).keep();
    addTo(x, scaled(p, length));
    addTo(r, scaled(image, affine(length, -1, 0)));
    const left = dot(r, r);
    put(p, r.map((part, i) => p[i] ? add(part, mul(p[i], div(left, where(eq(rr, 0), 1, rr)))) : part));
    rr = left.keep();
  }
  return x;
}
