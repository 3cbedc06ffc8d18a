/** Sums, means, deviations, and cross-entropy with its derivative. */
import { crossEntropy, grad, mean, noGrad, std, sum, tensor } from 'lazygrad';
import type { Device, Tensor } from 'lazygrad';
import type { Case, Size } from '../case.ts';
import { expectClose } from '../case.ts';
import { leaves, opCase, present, uniform } from '../op-case.ts';
import { Terms, at, places } from '../sums.ts';

const SIDE: Readonly<Record<Size, number>> = { small: 67, default: 2048, gpu: 8192 };
/** Rows and classes. */
const LOGITS: Readonly<Record<Size, readonly [number, number]>> = { small: [37, 10], default: [16_384, 100], gpu: [65_536, 1000] };

function sumCase(name: string, side: number, axis: 0 | 1 | null): Case {
  return opCase({
    name: `kernel/sum/${name}`, bytes: 4 * side * side,
    inputs: (device) => ({ x: uniform(device, [side, side], 1) }),
    start: ({ x }) => () => ({ y: noGrad(() => sum(x, axis === null ? {} : { axes: [axis] })) }),
    check({ x }, { y }) {
      for (const { flat } of places([axis === null ? 1 : side], 20)) {
        const total = new Terms();
        if (axis === null) for (let i = 0; i < x.length; i++) total.add(at(x, i));
        else for (let j = 0; j < side; j++) total.add(at(x, axis === 1 ? flat * side + j : j * side + flat));
        total.expect(`sum ${flat}`, y[flat], 2e-7);
      }
    },
  });
}

function statisticCase(name: 'mean' | 'std', side: number): Case {
  return opCase({
    name: `kernel/${name}/all`, bytes: 4 * side * side,
    inputs: (device) => ({ x: uniform(device, [side * side], 1) }),
    start: ({ x }) => () => ({ y: noGrad(() => name === 'mean' ? mean(x) : std(x)) }),
    check({ x }, { y }) {
      const total = new Terms();
      for (let i = 0; i < x.length; i++) total.add(at(x, i));
      const average = total.value / x.length;
      if (name === 'mean') {
        expectClose('mean', at(y, 0), average, 2e-7 * total.size / x.length);
        return;
      }
      let squares = 0;
      for (let i = 0; i < x.length; i++) squares += (at(x, i) - average) ** 2;
      const expected = Math.sqrt(squares / (x.length - 1));
      expectClose('deviation', at(y, 0), expected, 1e-6 * expected);
    },
  });
}

function crossEntropyCases([rows, classes]: readonly [number, number]): Case[] {
  const inputs = (device: Device): { x: Tensor; targets: Tensor } => ({ x: uniform(device, [rows, classes], 1), targets: tensor(device, Int32Array.from({ length: rows }, (_, i) => (i * 7919) % classes)) });
  const totalOf = (x: ArrayLike<number>, row: number): number => {
    let total = 0;
    for (let j = 0; j < classes; j++) total += Math.exp(at(x, row * classes + j));
    return total;
  };
  return [
    opCase({
      name: 'kernel/cross-entropy/forward', bytes: 4 * rows * classes, inputs,
      start: ({ x, targets }) => () => ({ y: noGrad(() => crossEntropy(x, targets)) }),
      check({ x, targets }, { y }) {
        const loss = new Terms();
        for (let row = 0; row < rows; row++) loss.add((Math.log(totalOf(x, row)) - at(x, row * classes + at(targets, row))) / rows);
        loss.expect('loss', y[0]);
      },
    }),
    opCase({
      name: 'kernel/cross-entropy/backward', bytes: 8 * rows * classes, inputs,
      start({ x, targets }) {
        leaves(x);
        const y = crossEntropy(x, targets);
        return () => ({ dx: present(grad(y, [x])[0]) });
      },
      check({ x, targets }, { dx }) {
        for (const { index: [row = 0, column = 0], flat } of [...places([rows, classes], 100), ...places([rows], 20).map(({ flat: row }) => ({ index: [row, at(targets, row)], flat: row * classes + at(targets, row) }))]) {
          const expected = (Math.exp(at(x, flat)) / totalOf(x, row) - (at(targets, row) === column ? 1 : 0)) / rows;
          expectClose(`gradient ${flat}`, at(dx, flat), expected, 3e-6 * Math.abs(expected));
        }
      },
    }),
  ];
}

export function reductionCases(size: Size): readonly Case[] {
  const side = SIDE[size];
  return [sumCase('all', side, null), sumCase('rows', side, 1), sumCase('columns', side, 0), statisticCase('mean', side), statisticCase('std', side), ...crossEntropyCases(LOGITS[size])];
}
