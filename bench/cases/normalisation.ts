/** Softmax and layer normalisation of rows, with their derivatives. */
import { grad, layerNorm, noGrad, ones, softmax } from 'lazygrad';
import type { HostArray } from 'lazygrad';
import type { Case, Size } from '../case.ts';
import { expectClose } from '../case.ts';
import { leaves, opCase, present, uniform } from '../op-case.ts';
import { Terms, at, places } from '../sums.ts';

const SHAPES: Readonly<Record<Size, readonly [number, number]>> = { small: [9, 70], default: [4096, 512], gpu: [65_536, 1024] };
const EPS = 1e-5;

function exponentials(x: HostArray, from: number, width: number): { readonly top: number; readonly total: number } {
  let [top, total] = [-Infinity, 0];
  for (let j = 0; j < width; j++) top = Math.max(top, at(x, from + j));
  for (let j = 0; j < width; j++) total += Math.exp(at(x, from + j) - top);
  return { top, total };
}

/** Mean of a row, and one over its deviation. */
function momentsOf(x: HostArray, row: number, width: number): { readonly mean: number; readonly scale: number } {
  let [sum, squares] = [0, 0];
  for (let j = 0; j < width; j++) sum += at(x, row * width + j);
  for (let j = 0; j < width; j++) squares += (at(x, row * width + j) - sum / width) ** 2;
  return { mean: sum / width, scale: 1 / Math.sqrt(squares / width + EPS) };
}

export function normalisationCases(size: Size): readonly Case[] {
  const [rows, width] = SHAPES[size];
  const shape = [rows, width];
  const elements = rows * width;
  return [
    opCase({
      name: 'kernel/softmax/forward', bytes: 8 * elements,
      inputs: (device) => ({ x: uniform(device, shape, 1) }),
      start: ({ x }) => () => ({ y: noGrad(() => softmax(x)) }),
      check({ x }, { y }) {
        for (const { index: [row = 0], flat } of places(shape, 60)) {
          const { top, total } = exponentials(x, row * width, width);
          const expected = Math.exp(at(x, flat) - top) / total;
          expectClose(`softmax ${flat}`, at(y, flat), expected, 3e-6 * expected);
        }
      },
    }),
    opCase({
      name: 'kernel/softmax/backward', bytes: 12 * elements,
      inputs: (device) => ({ x: uniform(device, shape, 1), g: uniform(device, shape, 2) }),
      start({ x, g }) {
        leaves(x);
        const y = softmax(x);
        return () => ({ dx: present(grad(y, [x], { gradient: g })[0]) });
      },
      check({ x, g }, { dx }) {
        for (const { index: [row = 0], flat } of places(shape, 60)) {
          const { top, total } = exponentials(x, row * width, width);
          const weight = (i: number): number => Math.exp(at(x, i) - top) / total;
          const pull = new Terms();
          for (let j = row * width; j < (row + 1) * width; j++) pull.add(weight(j) * at(g, j));
          expectClose(`gradient ${flat}`, at(dx, flat), weight(flat) * (at(g, flat) - pull.value), 3e-6 * weight(flat));
        }
      },
    }),
    opCase({
      name: 'kernel/layer-norm/forward', bytes: 8 * elements,
      inputs: (device) => ({ x: uniform(device, shape, 1), weight: uniform(device, [width], 2), bias: uniform(device, [width], 3) }),
      start: ({ x, weight, bias }) => () => ({ y: noGrad(() => layerNorm(x, 1, { weight, bias, eps: EPS })) }),
      check({ x, weight, bias }, { y }) {
        for (const { index: [row = 0, column = 0], flat } of places(shape, 60)) {
          const { mean, scale } = momentsOf(x, row, width);
          expectClose(`normalised ${flat}`, at(y, flat), (at(x, flat) - mean) * scale * at(weight, column) + at(bias, column), 1e-5);
        }
      },
    }),
    opCase({
      name: 'kernel/layer-norm/backward', bytes: 12 * elements,
      inputs: (device) => ({ x: uniform(device, shape, 1), weight: uniform(device, [width], 2), g: uniform(device, shape, 4) }),
      start({ x, weight, g }) {
        const bias = ones(x.device, [width]);
        leaves(x, weight, bias);
        const y = layerNorm(x, 1, { weight, bias, eps: EPS });
        return () => {
          const [dx, dw, db] = grad(y, [x, weight, bias], { gradient: g });
          return { dx: present(dx), dw: present(dw), db: present(db) };
        };
      },
      check({ x, weight, g }, { dx, dw, db }) {
        const moments = Array.from({ length: rows }, (_, row) => momentsOf(x, row, width));
        const normal = (row: number, column: number): number => (at(x, row * width + column) - (moments[row]?.mean ?? NaN)) * (moments[row]?.scale ?? NaN);
        for (const { index: [row = 0, column = 0], flat } of places(shape, 60)) {
          const [plain, along] = [new Terms(), new Terms()];
          for (let j = 0; j < width; j++) {
            const pulled = at(g, row * width + j) * at(weight, j) / width;
            plain.add(pulled);
            along.add(pulled * normal(row, j));
          }
          const expected = (moments[row]?.scale ?? NaN) * (at(g, flat) * at(weight, column) - plain.value - normal(row, column) * along.value);
          expectClose(`gradient ${flat}`, at(dx, flat), expected, 1e-5);
        }
        for (const { flat: column } of places([width], 20)) {
          const [byWeight, byBias] = [new Terms(), new Terms()];
          for (let row = 0; row < rows; row++) {
            byWeight.add(at(g, row * width + column) * normal(row, column));
            byBias.add(at(g, row * width + column));
          }
          byWeight.expect(`gradient by weight ${column}`, dw[column]);
          byBias.expect(`gradient by bias ${column}`, db[column]);
        }
      },
    }),
  ];
}
