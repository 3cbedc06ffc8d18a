/** Holds an operation of the engine against its float64 reference: value, gradients, second derivatives. */
import type { Device, Tensor } from '../../engine/index.ts';
import { add, grad, mul, sum } from '../../engine/index.ts';
import { absolute, dot, filled } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { centralDifferences } from '../reference/differences.ts';
import type { Reference } from '../reference/operation.ts';
import { recordAccuracy } from './accuracy.ts';
import { expectClose } from './close.ts';
import type { Layout } from './layout.ts';
import { constant, leaf } from './layout.ts';
import { values } from './values.ts';

export interface Subject {
  readonly run: (inputs: readonly Tensor[]) => Tensor;
  readonly reference: Reference;
  /**
   * The sizes of all terms that go into each result, added up: rounding errors are proportional to it. Default: the reference on absolute
   * values, which is right for whatever is linear in each input and adds its terms.
   */
  readonly magnitude?: Reference;
  /** Largest error relative to the magnitude; default 8e-7, some seven roundings of 2^-23. */
  readonly rounding?: number;
}

export interface CheckOptions {
  /** One for each input; default `plain`. */
  readonly layouts?: readonly Layout[];
  readonly seed?: number;
  /** Compare the reference's own gradients with central differences: for small inputs of smooth, moderate values. */
  readonly differences?: boolean;
}

/** The reference on absolute values. */
export function ofAbsolutes(reference: Reference): Reference {
  return {
    forward: (inputs) => reference.forward(inputs.map(absolute)),
    gradients: (inputs, cotangent) => reference.gradients(inputs.map(absolute), absolute(cotangent)).map(absolute),
  };
}

/** Smallest normal float32: below it a device may give 0. */
const SMALLEST = 2 ** -126;

export async function check(device: Device, subject: Subject, inputs: readonly NDArray[], { layouts = [], seed = 1, differences = false }: CheckOptions = {}): Promise<void> {
  using _scope = device.scope();
  const { reference, magnitude = ofAbsolutes(reference), rounding = 8e-7 } = subject;
  const bound = (sizes: NDArray): Float64Array => sizes.data.map((size) => rounding * Math.abs(size) + SMALLEST);
  const expected = reference.forward(inputs);
  const cotangent = values(expected.shape, 'normal', seed + 1);
  const leaves = inputs.map((input, i) => leaf(device, input, layouts[i], seed + i));
  const out = subject.run(leaves);
  const found = grad(out, leaves, { gradient: constant(device, cotangent, layouts.at(-1), seed) });
  if (String(out.shape) !== String(expected.shape)) throw new Error(`shape [${out.shape.join(', ')}], expected [${expected.shape.join(', ')}]`);
  expectClose(await out.read(), expected, { atol: bound(magnitude.forward(inputs)) });

  const gradients = reference.gradients(inputs, cotangent);
  const sizes = magnitude.gradients(inputs, cotangent);
  for (const [i, gradient] of gradients.entries()) {
    const actual = await found[i]!.read();
    recordAccuracy(actual, gradient, sizes[i]!);
    expectClose(actual, gradient, { atol: bound(sizes[i]!) }, `gradient by input ${i}`);
  }
  if (!differences) return;
  const numeric = centralDifferences((moved) => dot(reference.forward(moved), cotangent), inputs);
  for (const [i, gradient] of numeric.entries()) expectClose(gradients[i]!.data, gradient, { rtol: 1e-6, atol: 1e-6 }, `the reference's gradient by input ${i}`);
}

/**
 * All second derivatives at once: those of sum over inputs of <gradient by the input, a random direction>, by every input and by the
 * cotangent, against central differences of the reference's gradients.
 */
export async function checkSecond(device: Device, { run, reference }: Subject, inputs: readonly NDArray[], { layouts = [], seed = 1 }: CheckOptions = {}): Promise<void> {
  using _scope = device.scope();
  const shape = reference.forward(inputs).shape;
  const all = [...inputs, values(shape, 'normal', seed + 1)];
  const directions = inputs.map((input, i) => values(input.shape, 'normal', seed + 10 + i));
  const leaves = all.map((x, i) => leaf(device, x, layouts[i], seed + i));
  const first = grad(run(leaves.slice(0, -1)), leaves.slice(0, -1), { gradient: leaves.at(-1)!, createGraph: true });
  const total = first.map((g, i) => sum(mul(g!, constant(device, directions[i]!)))).reduce((a, b) => add(a, b));
  const second = grad(total, leaves);
  const expected = centralDifferences((moved) => {
    const gradients = reference.gradients(moved.slice(0, -1), moved.at(-1)!);
    return gradients.reduce((sum, g, i) => sum + dot(g, directions[i]!), 0);
  }, all);
  for (const [i, numeric] of expected.entries()) {
    const actual = await second[i]?.read() ?? filled(numeric.shape, 0).data;
    const largest = numeric.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    expectClose(actual, numeric, { atol: 4e-6 * largest }, i < inputs.length ? `second derivative by input ${i}` : 'second derivative by the cotangent');
  }
}
