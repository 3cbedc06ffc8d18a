/** Matrix products: square, tall, transposed, batched. */
import { matmul, noGrad, transpose } from 'lazygrad';
import type { Case, Size } from '../case.ts';
import { opCase, uniform } from '../op-case.ts';
import { Terms, at, places } from '../sums.ts';

interface Product {
  readonly name: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: number;
  /** Which operand is stored the other way round. */
  readonly transposed?: 'a' | 'b';
}

const square = (size: number): Product => ({ name: String(size), m: size, n: size, k: size });

function shapes(size: Size): Product[] {
  const [tall, side, batch, each] = size === 'small' ? [70, 33, 3, 17] : size === 'gpu' ? [65_536, 2048, 64, 256] : [8192, 512, 32, 128];
  const narrow = size === 'small' ? 9 : 64;
  return [
    ...(size === 'small' ? [37] : size === 'gpu' ? [2048, 4096] : [256, 512, 1024]).map(square),
    { name: `tall/${tall}x${narrow}x${narrow}`, m: tall, n: narrow, k: narrow },
    // The gradient by the weights of such a layer: a long sum, and few results.
    { name: `deep/${narrow}x${tall}x${narrow}`, m: narrow, n: narrow, k: tall, transposed: 'a' },
    { ...square(side), name: `at-b/${side}`, transposed: 'a' },
    { ...square(side), name: `a-bt/${side}`, transposed: 'b' },
    { ...square(each), name: `batched/${batch}x${each}`, batch },
  ];
}

function productCase({ name, m, n, k, batch = 1, transposed }: Product): Case {
  const [aShape, bShape] = [transposed === 'a' ? [k, m] : [m, k], transposed === 'b' ? [n, k] : [k, n]];
  const lead = batch > 1 ? [batch] : [];
  return opCase({
    name: `kernel/matmul/${name}`,
    flops: 2 * batch * m * n * k,
    inputs: (device) => ({ a: uniform(device, [...lead, ...aShape], 1), b: uniform(device, [...lead, ...bShape], 2) }),
    start: ({ a, b }) => () => ({ c: noGrad(() => matmul(transposed === 'a' ? transpose(a) : a, transposed === 'b' ? transpose(b) : b)) }),
    check({ a, b }, { c }) {
      for (const { index: [i = 0, row = 0, column = 0], flat } of places([batch, m, n], 200)) {
        const sum = new Terms();
        for (let l = 0; l < k; l++) sum.add(at(a, i * m * k + (transposed === 'a' ? l * m + row : row * k + l)) * at(b, i * k * n + (transposed === 'b' ? column * k + l : l * n + column)));
        sum.expect(`element ${i}, ${row}, ${column}`, c[flat]);
      }
    },
  });
}

export const matmulCases = (size: Size): readonly Case[] => shapes(size).map(productCase);
