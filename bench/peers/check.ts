/**
 * No speed without right values. Products and convolutions are checked against sums in float64 of samples; a training step against lazygrad's, by the
 * loss and by how far each parameter moved.
 */
import { arrayOf, sizeOf } from './work.ts';
import type { Work } from './work.ts';

/** Of the sum of the terms' magnitudes: float32 in any order stays far below, a wrong term does not. */
const SAMPLE_TOLERANCE = 1e-5;
const SAMPLES = 200;
/** From sample to sample: a prime, so that they lie at all places of all axes. */
const STRIDE = 7919;
const LOSS_TOLERANCE = 1e-3;
/** Of a parameter's whole change. Rounding, and a maximum of two near values that falls the other way, stay below. */
const CHANGE_TOLERANCE = 0.01;
/** Of the parameter itself: what float32 cannot tell from no change. */
const ROUNDING = 1e-6;

/** Visits all terms of a sum. */
type Terms = (add: (p: number, q: number) => void) => void;

function indexOf(at: number, shape: readonly number[]): number[] {
  return shape.map((size, axis) => Math.floor(at / sizeOf(shape.slice(axis + 1))) % size);
}

/** The shape of the result, and the terms of one element of it. */
function definition(work: Work): { readonly shape: readonly number[]; readonly terms: (at: number) => Terms } {
  const data = (name: string): ArrayLike<number> => arrayOf(work, name).data;
  if (work.kind === 'matmul') {
    const [a, b] = [data('a'), data('b')];
    const { shape } = arrayOf(work, 'a');
    const [size = 0] = shape;
    return {
      shape,
      terms: (at) => (add) => {
        const [i = 0, j = 0] = indexOf(at, shape);
        for (let k = 0; k < size; k++) add(a[i * size + k] ?? NaN, b[k * size + j] ?? NaN);
      },
    };
  }
  const [x, weight, gradient] = [data('x'), data('weight'), data('gradient')];
  const [n = 0, inChannels = 0, height = 0, width = 0] = arrayOf(work, 'x').shape;
  const [outChannels = 0, , window = 0] = arrayOf(work, 'weight').shape;
  const half = window >> 1;
  const pixel = (image: ArrayLike<number>, channels: number, b: number, c: number, y: number, z: number): number => y < 0 || z < 0 || y >= height || z >= width ? 0 : image[((b * channels + c) * height + y) * width + z] ?? NaN;
  const tap = (o: number, c: number, u: number, v: number): number => weight[((o * inChannels + c) * window + u) * window + v] ?? NaN;
  const each = (first: number, second: number, third: number, visit: (i: number, j: number, k: number) => void): void => {
    for (let i = 0; i < first; i++) for (let j = 0; j < second; j++) for (let k = 0; k < third; k++) visit(i, j, k);
  };
  if (work.kind === 'conv2d-weight') {
    const { shape } = arrayOf(work, 'weight');
    return {
      shape,
      terms: (at) => (add) => {
        const [o = 0, c = 0, u = 0, v = 0] = indexOf(at, shape);
        each(n, height, width, (b, y, z) => add(pixel(x, inChannels, b, c, y + u - half, z + v - half), pixel(gradient, outChannels, b, o, y, z)));
      },
    };
  }
  const forward = work.kind === 'conv2d';
  const { shape } = arrayOf(work, forward ? 'gradient' : 'x');
  return {
    shape,
    terms: (at) => (add) => {
      const [b = 0, c = 0, y = 0, z = 0] = indexOf(at, shape);
      if (forward) each(inChannels, window, window, (i, u, v) => add(pixel(x, inChannels, b, i, y + u - half, z + v - half), tap(c, i, u, v)));
      else each(outChannels, window, window, (o, u, v) => add(pixel(gradient, outChannels, b, o, y - u + half, z - v + half), tap(o, c, u, v)));
    },
  };
}

/** @throws Error when the result of a product or a convolution is wrong in a sample of it */
export function checkKernel(work: Work, result: Float32Array): void {
  const { shape, terms } = definition(work);
  const size = sizeOf(shape);
  if (result.length !== size) throw new Error(`${result.length} values, expected ${size}`);
  for (let t = 0; t < SAMPLES; t++) {
    const at = (t * STRIDE) % size;
    let [sum, magnitude] = [0, 0];
    terms(at)((p, q) => {
      sum += p * q;
      magnitude += Math.abs(p * q);
    });
    const got = result[at] ?? NaN;
    if (!(Math.abs(got - sum) <= SAMPLE_TOLERANCE * magnitude)) throw new Error(`wrong value: element ${at} is ${got}, expected ${sum}`);
  }
}

const norm = (length: number, at: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += at(i) ** 2;
  return Math.sqrt(sum);
};

/**
 * What lazygrad's own training must do at least. Vectors may stand still: a bias of attention's keys changes nothing.
 * @throws Error unless every number is one and all matrices moved
 */
export function checkTrained(work: Work, result: Float32Array): void {
  checkTraining(work, result, result);
  let at = 1;
  for (const name of work.parameters) {
    const { data, shape } = arrayOf(work, name);
    const start = at;
    if (shape.length > 1 && norm(data.length, (i) => (result[start + i] ?? NaN) - (data[i] ?? NaN)) === 0) throw new Error(`${name} did not move`);
    at += data.length;
  }
}

/** @throws Error when the loss or the change of a parameter differs from that of the reference, both as `Prepared.read` gives them */
export function checkTraining(work: Work, result: Float32Array, reference: Float32Array): void {
  const expected = 1 + work.parameters.reduce((sum, name) => sum + sizeOf(arrayOf(work, name).shape), 0);
  if (result.length !== expected || reference.length !== expected) throw new Error(`${result.length} values, expected ${expected}`);
  const [loss = NaN] = result;
  const [wanted = NaN] = reference;
  if (!(Math.abs(loss - wanted) <= LOSS_TOLERANCE * Math.abs(wanted))) throw new Error(`wrong value: the loss is ${loss}, expected ${wanted}`);
  let at = 1;
  for (const name of work.parameters) {
    const { data } = arrayOf(work, name);
    const start = at;
    const difference = norm(data.length, (i) => (result[start + i] ?? NaN) - (reference[start + i] ?? NaN));
    const change = norm(data.length, (i) => (reference[start + i] ?? NaN) - (data[i] ?? NaN));
    if (!(difference <= CHANGE_TOLERANCE * change + ROUNDING * norm(data.length, (i) => data[i] ?? NaN))) throw new Error(`wrong value: ${name} moved by ${change}, and differs by ${difference}`);
    at += data.length;
  }
}
