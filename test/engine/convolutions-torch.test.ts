/** Convolutions and pooling against PyTorch's numbers: what is padded where, what is counted, which channels meet. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { adaptiveAvgPool2d, avgPool1d, avgPool2d, conv1d, conv2d, convTranspose1d, convTranspose2d, grad, maxPool1d, maxPool2d } from '../../engine/index.ts';
import { build } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { constant, leaf } from '../support/layout.ts';

interface Case {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly positional: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  readonly out: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}

const { cases } = JSON.parse(readFileSync(new URL('../fixtures/convolutions-torch.json', import.meta.url), 'utf8')) as { cases: Case[] };

// Called with what the file holds: the tensors, an empty place where a bias is missing, and the options.
const convolutions = { conv1d, conv2d, convTranspose1d, convTranspose2d };
const pools = { adaptiveAvgPool2d, avgPool1d, avgPool2d, maxPool1d, maxPool2d };

function run({ name, positional, options }: Case, inputs: readonly Tensor[]): Tensor {
  const [x, weight, bias] = inputs;
  if (name in convolutions) return (convolutions[name as keyof typeof convolutions] as typeof conv2d)(x!, weight!, bias ?? null, options);
  return (pools[name as keyof typeof pools] as (x: Tensor, ...rest: unknown[]) => Tensor)(x!, ...positional, options);
}

/** As the script beside the file has it. */
function pattern(shape: readonly number[], step: number): NDArray {
  return build(shape, (_, i) => ((i * step + 5) % 61 - 30) / 16);
}

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const titled = cases.map((of) => [`${of.name}, inputs ${JSON.stringify(of.shapes)}, ${JSON.stringify([...of.positional, of.options])}`, of] as const);

test.each(titled)('%s', async (_, of) => {
  using _scope = device.scope();
  const inputs = of.shapes.map((shape, i) => leaf(device, pattern(shape, [7, 11, 13][i]!)));
  const out = run(of, inputs);
  expect(out.shape).toEqual(of.shape);
  const gradients = grad(out, inputs, { gradient: constant(device, pattern(of.shape, 17)) });
  expectClose(await out.read(), of.out, { atol: 1e-5 });
  for (const [i, gradient] of of.gradients.entries()) expectClose(await gradients[i]!.read(), gradient, { atol: 2e-5 }, `gradient by input ${i}`);
});
