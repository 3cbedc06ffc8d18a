/** Whether tasks pull the shared parameters the same way: the cosines of their gradients. Below 0 they conflict (Yu et al., PCGrad, NeurIPS 2020). */
import { GradientRows, backward, concat, pairIndex } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';

export interface GradientCosines {
  /** Of what: a parameter of the trunk, or `shared`, all of it. */
  readonly name: string;
  /** Length of each task's gradient, in the order of the tasks. */
  readonly norms: readonly number[];
  /** Symmetric, in [-1, 1], 1 on the diagonal; NaN where a gradient is 0. */
  readonly cosines: readonly (readonly number[])[];
}

/**
 * At the parameters as they are, in the mode that the model is in; the model's gradients are 0 afterwards. Takes as many times the memory of the trunk's
 * gradients as there are tasks, until it returns.
 * @param losses for each task one that makes its loss of a batch, shape [], on the tape
 * @returns of the whole trunk first, then of each of its parameters
 */
export async function gradientCosines(model: MultiTaskModel, losses: readonly (() => Tensor)[]): Promise<readonly GradientCosines[]> {
  const { shared } = model;
  const count = losses.length;
  if (count === 0) return [];
  using _scope = shared.device.scope();
  const rows = new GradientRows(shared, count);
  for (const [i, loss] of losses.entries()) {
    using _pass = shared.device.scope();
    model.zeroGrad();
    backward(loss());
    rows.take(i);
  }
  model.zeroGrad();
  const { segments, capacity } = shared;
  const ends = [...segments.slice(1).map(({ offset }) => offset), capacity];
  const products = await concat([rows.products(), ...segments.map(({ offset }, s) => rows.products(offset, (ends[s] ?? capacity) - offset))]).read();
  const pairs = (count * (count + 1)) / 2;
  return ['shared', ...segments.map(({ name }) => name)].map((name, s) => cosinesOf(name, products.subarray(s * pairs, (s + 1) * pairs) as Float32Array, count));
}

function cosinesOf(name: string, products: Float32Array, count: number): GradientCosines {
  const at = (i: number, j: number): number => products[pairIndex(count, i, j)] ?? NaN;
  const norms = Array.from({ length: count }, (_, i) => Math.sqrt(at(i, i)));
  // Rounding may take a cosine beyond 1.
  const cosine = (i: number, j: number): number => Math.max(-1, Math.min(1, at(i, j) / ((norms[i] ?? NaN) * (norms[j] ?? NaN))));
  return { name, norms, cosines: norms.map((_, i) => norms.map((norm, j) => i === j && norm > 0 ? 1 : cosine(i, j))) };
}
