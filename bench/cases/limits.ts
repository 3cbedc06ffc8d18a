/** What the adapter can do at most: multiply-adds in registers, and copies. All shares are of these. */
import { copy, noGrad, tensor, zeros } from 'lazygrad';
import type { Tensor } from 'lazygrad';
import kernel from '../multiply_add.wgsl';
import type { Case, Size } from '../case.ts';
import { expectClose } from '../case.ts';
import { opCase, uniform } from '../op-case.ts';
import { at, places } from '../sums.ts';

const STEPS_OF_A_ROUND = 8;
const [FACTOR, TERM] = [0.75, 0.5];

/** Multiply-adds count as two operations. */
function peakCase(size: Size): Case {
  const [groups, rounds] = size === 'small' ? [3, 2] : size === 'gpu' ? [16_384, 512] : [512, 128];
  const count = groups * 64;
  const flops = count * 8 * 4 * 2 * STEPS_OF_A_ROUND * rounds;
  return opCase({
    name: 'limit/multiply-add', flops,
    inputs: (device) => ({ x: tensor(device, [FACTOR, TERM]) }),
    start({ x }) {
      const y = zeros(x.device, [count, 4]);
      return () => {
        x.device.dispatch(kernel, { buffers: { x: x.binding, y: y.binding }, params: { rounds, count }, groups: [groups], flops });
        return { y };
      };
    },
    check({ x }, { y }) {
      const [factor, steps] = [at(x, 0), STEPS_OF_A_ROUND * rounds];
      // x after n steps: (x - t / (1 - f)) f^n + t / (1 - f).
      const rest = at(x, 1) / (1 - factor);
      for (const { index: [, component = 0], flat } of places([count, 4], 50)) {
        let sum = 0;
        for (let chain = 0; chain < 8; chain++) sum += (chain + component / 4 - rest) * factor ** steps + rest;
        expectClose(`sum ${flat}`, at(y, flat), sum, 1e-5 * sum);
      }
    },
  });
}

const elementsOf = (size: Size): number => size === 'small' ? 1000 : size === 'gpu' ? 2 ** 26 : 2 ** 24;

/** The queue's own copy from buffer to buffer. */
function bufferCopyCase(size: Size): Case {
  const elements = elementsOf(size);
  return opCase({
    name: 'limit/copy/buffer', bytes: 8 * elements,
    inputs: (device) => ({ x: uniform(device, [elements], 1) }),
    start({ x }) {
      const y = zeros(x.device, [elements]);
      const range = (t: Tensor): { storage: Tensor['storage']; offset: number; size: number } => ({ storage: t.storage, offset: 0, size: 4 * elements });
      return () => {
        x.device.copy(range(x), range(y));
        return { y };
      };
    },
    check: expectCopy,
  });
}

function kernelCopyCase(size: Size): Case {
  const elements = elementsOf(size);
  return opCase({
    name: 'limit/copy/kernel', bytes: 8 * elements,
    inputs: (device) => ({ x: uniform(device, [elements], 1) }),
    start: ({ x }) => () => ({ y: noGrad(() => copy(x)) }),
    check: expectCopy,
  });
}

function expectCopy({ x }: { readonly x: ArrayLike<number> }, { y }: { readonly y: ArrayLike<number> }): void {
  for (const { flat } of places([x.length], 1000)) expectClose(`element ${flat}`, at(y, flat), at(x, flat), 0);
}

export const limitCases = (size: Size): readonly Case[] => [peakCase(size), bufferCopyCase(size), kernelCopyCase(size)];
