/** The layers of transformers and two architectures of them against PyTorch: outputs and gradients of every parameter. */
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { bert, embedding, layerNorm, multiHeadAttention, paddingByLength, positionalEncoding, timeSeriesTransformer, transformerEncoderLayer } from 'lazygrad/models';
import type { BertOptions, Layer, SequenceLayer, TimeSeriesTransformerOptions, TransformerOptions } from 'lazygrad/models';
import { backward, tensor } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { constant, leaf } from '../support/layout.ts';
import { TOLERANCE, bench, expectSummary, numbers } from './support.ts';
import type { Summary } from './support.ts';

interface Case {
  readonly kind: 'layerNorm' | 'embedding' | 'positionalEncoding' | 'multiHeadAttention' | 'encoder' | 'timeSeriesTransformer' | 'bert';
  readonly options: Readonly<Record<string, number>>;
  readonly shape: readonly number[];
  /** What lies behind them is padding. */
  readonly lengths: readonly number[] | null;
  readonly ids: readonly (readonly number[])[] | null;
  readonly out: readonly number[];
  readonly x: Summary | null;
  readonly parameters: readonly (Summary & Readonly<{ name: string; shape: readonly number[]; scale: number; offset: number }>)[];
}

const { cases } = JSON.parse(readFileSync(new URL('../fixtures/transformer-models-torch.json', import.meta.url), 'utf8')) as { cases: Case[] };
const device = await testDevice();

/** What is tested: layers, and how they are run. */
function subject({ kind, options }: Case): Pick<SequenceLayer, 'forward'> & { readonly layers: readonly Layer[] } {
  const { size = 0, features = 0, width = 0, heads = 0 } = options;
  const sole = (layer: SequenceLayer): ReturnType<typeof subject> => ({ layers: [layer], forward: (...args) => layer.forward(...args) });
  switch (kind) {
    case 'layerNorm': return sole(layerNorm('layer', features));
    case 'embedding': return sole(embedding('layer', size, features, { paddingIndex: 0 }));
    case 'positionalEncoding': return sole(positionalEncoding);
    case 'multiHeadAttention': return sole(multiHeadAttention('layer', width, heads));
    case 'encoder': return sole(transformerEncoderLayer('layer', width, heads, { ...options as TransformerOptions, dropout: 0 }));
    case 'timeSeriesTransformer': return timeSeriesTransformer({ ...options as TimeSeriesTransformerOptions, dropout: 0 });
    case 'bert': return bert({ ...options as BertOptions, dropout: 0 });
  }
}

/** The model itself finds its padding. */
function filled(x: Tensor, lengths: readonly number[]): Tensor {
  const [, steps = 0, channels = 0] = x.shape;
  const host = numbers(x.shape, 50).data.map((value, at) => Math.floor(at / channels) % steps < (lengths[Math.floor(at / channels / steps)] ?? 0) ? value : NaN);
  x.write(Float32Array.from(host));
  return x;
}

const titled = cases.map((of) => [`${of.kind} ${JSON.stringify(of.options)}`, of] as const);

test.each(titled)('%s', async (_, of) => {
  using _scope = device.scope();
  const model = subject(of);
  const b = bench(device, model.layers);
  b.arena.loadStateDict(new Map(of.parameters.map(({ name, shape, scale, offset }, i) => [name, { shape, data: Float32Array.from(numbers(shape, 31 * i + 1, scale, offset).data) }])));
  const x = of.ids ? tensor(device, Int32Array.from(of.ids.flat()), of.shape) : leaf(device, numbers(of.shape, 50));
  const isModel = of.kind === 'timeSeriesTransformer';
  const padding = of.lengths && !isModel ? paddingByLength(tensor(device, Int32Array.from(of.lengths)), of.shape[1] ?? 0) : undefined;
  const y = model.forward(of.lengths && isModel ? filled(x, of.lengths) : x, b.arena, b.mode(true), padding);
  expectClose(await y.read(), of.out, { atol: TOLERANCE * Math.max(...of.out.map(Math.abs)) });
  if (!y.requiresGrad) return;
  backward(y, { gradient: constant(device, numbers(y.shape, 70)) });
  if (of.x) expectSummary('gradient by x', await x.grad!.read(), of.x);
  const largest = Math.max(...of.parameters.map((parameter) => parameter.largest));
  for (const parameter of of.parameters) {
    const found = await b.arena.get(parameter.name).grad!.read();
    // The bias of keys shifts all scores of a query alike: but for rounding it has no gradient.
    if (parameter.largest > 1e-12 * largest) expectSummary(`gradient by ${parameter.name}`, found, parameter);
    else expectClose(found, new Float64Array(found.length), { atol: 1e-5 * largest }, parameter.name);
  }
});
