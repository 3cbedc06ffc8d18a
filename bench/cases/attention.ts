/** Scaled dot-product attention, forward and backward. */
import { grad, noGrad, scaledDotProductAttention } from 'lazygrad';
import type { Device, HostArray, Tensor } from 'lazygrad';
import type { NDArray } from '../../test/reference/array.ts';
import { attentionReference } from '../../test/reference/attention.ts';
import type { Case, Size } from '../case.ts';
import { expectClose } from '../case.ts';
import { leaves, opCase, present, uniform } from '../op-case.ts';
import { at, places } from '../sums.ts';

interface Sizes {
  readonly n: number;
  readonly heads: number;
  readonly length: number;
  readonly depth: number;
}

/** The transformer's heads have 32 elements; 64 are usual in larger ones. */
const SHAPES: Readonly<Record<Size, readonly Sizes[]>> = {
  small: [{ n: 2, heads: 2, length: 13, depth: 8 }],
  default: [{ n: 8, heads: 8, length: 128, depth: 32 }, { n: 1, heads: 8, length: 512, depth: 64 }],
  gpu: [{ n: 64, heads: 8, length: 256, depth: 32 }, { n: 16, heads: 12, length: 1024, depth: 64 }],
};

/** Of one head, as if there were no other. */
function headOf(values: HostArray, head: number, { length, depth }: Sizes): NDArray {
  return { shape: [1, 1, length, depth], data: Float64Array.from(values.subarray(head * length * depth, (head + 1) * length * depth)) };
}

function expectHead(what: string, got: HostArray, head: number, expected: NDArray, tolerance: number): void {
  const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const { flat } of places([expected.data.length], 300)) expectClose(`${what} of head ${head}, ${flat}`, at(got, head * expected.data.length + flat), at(expected.data, flat), tolerance * largest);
}

function casesOf(sizes: Sizes): Case[] {
  const { n, heads, length, depth } = sizes;
  const shape = [n, heads, length, depth];
  const name = `kernel/attention/${n}x${heads}x${length}x${depth}`;
  const product = 2 * n * heads * length * length * depth;
  const inputs = (device: Device): { q: Tensor; k: Tensor; v: Tensor } => ({ q: uniform(device, shape, 1), k: uniform(device, shape, 2), v: uniform(device, shape, 3) });
  const reference = attentionReference({ scale: 1 / Math.sqrt(depth), visible: () => true, factor: () => 1 });
  const sampled = places([n * heads], 3).map(({ flat }) => flat);
  return [
    opCase({
      name: `${name}/forward`, flops: 2 * product, inputs,
      start: ({ q, k, v }) => () => ({ y: noGrad(() => scaledDotProductAttention(q, k, v)) }),
      check({ q, k, v }, { y }) {
        for (const head of sampled) expectHead('attention', y, head, reference.forward([q, k, v].map((x) => headOf(x, head, sizes))), 2e-5);
      },
    }),
    opCase({
      // The scores once more, then a product each for the weights, the values, the queries and the keys.
      name: `${name}/backward`, flops: 5 * product,
      inputs: (device) => ({ ...inputs(device), g: uniform(device, shape, 4) }),
      start({ q, k, v, g }) {
        leaves(q, k, v);
        const y = scaledDotProductAttention(q, k, v);
        return () => {
          const [dq, dk, dv] = grad(y, [q, k, v], { gradient: g });
          return { dq: present(dq), dk: present(dk), dv: present(dv) };
        };
      },
      check({ q, k, v, g }, got) {
        for (const head of sampled) {
          const [dq, dk, dv] = reference.gradients([q, k, v].map((x) => headOf(x, head, sizes)), headOf(g, head, sizes)) as [NDArray, NDArray, NDArray];
          expectHead('gradient by queries', got.dq, head, dq, 5e-5);
          expectHead('gradient by keys', got.dk, head, dk, 5e-5);
          expectHead('gradient by values', got.dv, head, dv, 5e-5);
        }
      },
    }),
  ];
}

export const attentionCases = (size: Size): readonly Case[] => SHAPES[size].flatMap(casesOf);
