/**
 * No speed without right values. Products and convolutions are checked against sums in float64 of samples; a training step against lazygrad's, by the
 * loss and by how far each parameter moved.
 */
import { arrayOf, sizeOf } from './work.ts';
import type { Work } from './work.ts';

/** Of the sum of the terms' magnitudes: float32 in any order stays far below, a wrong term does not. */
const SAMPLE_TOLERANCE = 1e-5;
const SAMPLES = 200;
const LOSS_TOLERANCE = 1e-3;
/** Of a parameter's whole change. Rounding, and a maximum of two near values that falls the other way, stay below. */
const CHANGE_TOLERANCE = 0.01;
/** Of the parameter itself: what float32 cannot tell from no change. */
const ROUNDING = 1e-6;

type Term = (add: (p: number, q: number) => void) => void;

/** The terms of one element of the result, and where it lies. */
function sampleOf(work: Work, t: number): { readonly at: number; readonly terms: Term } {
  const data = (name: string): ArrayLike<number> => arrayOf(work, name).data;
  if (work.kind === 'matmul') {
    const [a, b] = [data('a'), data('b')];
    const size = Math.sqrt(a.length);
    const [i, j] = [(t * 7919) % size, (t * 104_729) % size];
    return { at: i * size + j, terms: (add) => { for (let k = 0; k < size; k++) add(a[i * size + k] ?? NaN, b[k * size + j] ?? NaN); } };
  }
  const [x, weight, gradient] = [data('x'), data('weight'), data('gradient')];
  const [n = 0, inChannels = 0, height = 0, width = 0] = arrayOf(work, 'x').shape;
  const [outChannels = 0, , window = 0] = arrayOf(work, 'weight').shape;
  const pixel = (image: ArrayLike<number>, channels: number, b: number, c: number, y: number, z: number): number => y < 0 || z < 0 || y >= height || z >= width ? 0 : image[((b * channels + c) * height + y) * width + z] ?? NaN;
  const tap = (o: number, c: number, ky: number, kx: number): number => weight[((o * inChannels + c) * window + ky) * window + kx] ?? NaN;
  const [b, o, c, y, z, ky, kx] = [(t * 13) % n, (t * 29) % outChannels, (t * 17) % inChannels, (t * 5) % height, (t * 11) % width, t % window, (t * 2) % window];
  const half = window >> 1;
  const overWindow = (channels: number, visit: (channel: number, ky: number, kx: number) => void): void => {
    for (let channel = 0; channel < channels; channel++) for (let u = 0; u < window; u++) for (let v = 0; v < window; v++) visit(channel, u, v);
  };
  if (work.kind === 'conv2d') return { at: ((b * outChannels + o) * height + y) * width + z, terms: (add) => overWindow(inChannels, (i, u, v) => add(pixel(x, inChannels, b, i, y + u - half, z + v - half), tap(o, i, u, v))) };
  if (work.kind === 'conv2d-input') return { at: ((b * inChannels + c) * height + y) * width + z, terms: (add) => overWindow(outChannels, (i, u, v) => add(pixel(gradient, outChannels, b, i, y - u + half, z - v + half), tap(i, c, u, v))) };
  return {
    at: ((o * inChannels + c) * window + ky) * window + kx,
    terms: (add) => { for (let i = 0; i < n; i++) for (let r = 0; r < height; r++) for (let s = 0; s < width; s++) add(pixel(x, inChannels, i, c, r + ky - half, s + kx - half), pixel(gradient, outChannels, i, o, r, s)); },
  };
}

function resultSize(work: Work): number {
  if (work.kind === 'matmul') return arrayOf(work, 'a').data.length;
  return arrayOf(work, { conv2d: 'gradient', 'conv2d-input': 'x', 'conv2d-weight': 'weight' }[work.kind as 'conv2d']).data.length;
}

/** @throws Error when the result of a product or a convolution is wrong in a sample of it */
export function checkKernel(work: Work, result: Float32Array): void {
  if (result.length !== resultSize(work)) throw new Error(`${result.length} values, expected ${resultSize(work)}`);
  for (let t = 0; t < SAMPLES; t++) {
    const { at, terms } = sampleOf(work, t);
    let [sum, magnitude] = [0, 0];
    terms((p, q) => {
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
