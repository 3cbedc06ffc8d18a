/** CRNN and ResNet against PyTorch: outputs, gradients of every parameter, running statistics. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { crnn, resNet } from 'lazygrad/models';
import type { CRNNOptions, ResNetOptions, Trunk } from 'lazygrad/models';
import { backward } from '../../engine/index.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { constant, leaf } from '../support/layout.ts';
import { TOLERANCE, bench, expectSummary, numbers } from './support.ts';
import type { Summary } from './support.ts';

type Named = Summary & Readonly<{ name: string }>;

interface Case {
  readonly name: 'crnn' | 'resNet';
  readonly options: object;
  readonly training: boolean;
  readonly shape: readonly number[];
  readonly out: readonly number[];
  readonly x: Summary;
  readonly parameters: readonly (Named & Readonly<{ shape: readonly number[]; scale: number }>)[];
  readonly running: readonly Named[];
}

const { cases } = JSON.parse(readFileSync(new URL('../fixtures/models-torch.json', import.meta.url), 'utf8')) as { cases: Case[] };
const device = await testDevice();

function trunkOf({ name, options, training }: Case): Trunk {
  return name === 'resNet' ? resNet(options as ResNetOptions) : crnn({ ...options as CRNNOptions, ...training && { dropout: 0 } });
}

const titled = cases.map((of) => [`${of.name} ${JSON.stringify(of.options)} in ${of.training ? 'training' : 'evaluation'}`, of] as const);

test.each(titled)('%s', async (_, of) => {
  using _scope = device.scope();
  const trunk = trunkOf(of);
  const b = bench(device, trunk.layers);
  const { arena, statistics } = b;
  const norm = (name: string): boolean => /(bn\d|downsample\.1)\.weight$/.test(name);
  arena.loadStateDict(new Map(of.parameters.map(({ name, shape, scale }, i) => [name, { shape, data: Float32Array.from(numbers(shape, 31 * i + 1, scale, norm(name) ? 1 : 0).data) }])));
  for (const [i, layer] of statistics.layers.entries()) {
    const { runningMean, runningVariance } = statistics.of(layer).of('task');
    runningMean.write(Float32Array.from(numbers(runningMean.shape, 500 + i, 0.25).data));
    runningVariance.write(Float32Array.from(numbers(runningVariance.shape, 700 + i, 0.5, 1).data));
  }
  const x = leaf(device, numbers(of.shape, 50));
  const y = trunk.forward(x, arena, b.mode(of.training));
  expect(y.shape).toEqual([of.shape[0], trunk.features]);
  expectClose(await y.read(), of.out, { atol: TOLERANCE * Math.max(...of.out.map(Math.abs)) });
  backward(y, { gradient: constant(device, numbers(y.shape, 70)) });
  expectSummary('gradient by x', await x.grad!.read(), of.x);
  for (const parameter of of.parameters) expectSummary(`gradient by ${parameter.name}`, await arena.get(parameter.name).grad!.read(), parameter);
  for (const running of of.running) {
    const [, layer, kind] = /^(.*)\.running_(mean|var)$/.exec(running.name)!;
    const { runningMean, runningVariance } = statistics.of(layer!).of('task');
    expectSummary(running.name, await (kind === 'mean' ? runningMean : runningVariance).read(), running);
  }
});
