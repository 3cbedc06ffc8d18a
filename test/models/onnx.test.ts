/** Exported graphs, run by ONNX Runtime, against the engine's own outputs. */
import { describe, expect, test } from 'vitest';
import { affine, argmax, cast, concat, gru, mul, permute, recurrentParameters, relu, reshape, scaledDotProductAttention, std, tensor, variance } from '../../engine/index.ts';
import { MultiTaskModel, bert, channelAdapter, crnn, exportOnnx, fillPadding, kaimingUniform, mixtureOfExperts, mlp, multiTaskCNN, paddingByNaN, resNet, timeSeriesTransformer } from 'lazygrad/models';
import type { HeadSpec, Trunk } from 'lazygrad/models';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { runOnnx } from '../support/onnx.ts';
import { modelType } from '../../models/onnx/schema.ts';
import { expectSame, floats, outputsOf, scramble } from './onnx-support.ts';

const TASKS: readonly HeadSpec[] = [{ name: 'a', outputs: 5 }, { name: 'b', kind: 'multilabel', outputs: 3 }];

const series = (n: number): Float32Array => {
  const data = floats([n, 7, 3]);
  // The second ends early, the third is padding alone.
  data.fill(NaN, (7 + 4) * 3, 14 * 3);
  data.fill(NaN, 14 * 3, 21 * 3);
  return data;
};
const tokens = (n: number): Int32Array => Int32Array.from({ length: n * 6 }, (_, i) => i % 6 > 6 - Math.floor(i / 6) ? 0 : 1 + (i * 5) % 19);

interface Case {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trunk: () => Trunk;
  readonly data?: (n: number) => Float32Array | Int32Array;
}

const CASES: readonly Case[] = [
  { name: 'mlp', shape: [2, 3], trunk: () => mlp({ inputs: 6, widths: [8, 4] }) },
  { name: 'multi-task-cnn', shape: [1, 9, 10], trunk: () => multiTaskCNN({ input: [1, 9, 10], channels: [4, 8], features: 8 }) },
  { name: 'resnet-18', shape: [3, 33, 34], trunk: () => resNet({ depth: 18, width: 4, features: 8 }) },
  { name: 'a resnet of bottlenecks', shape: [1, 8, 8], trunk: () => resNet({ depth: { block: 'bottleneck', counts: [1, 1] }, channels: 1, width: 4, features: 8, stem: 'small' }) },
  { name: 'crnn', shape: [2, 8, 5], trunk: () => crnn({ input: [2, 8, 5], channels: [4, 4], pools: [2, 2], hidden: 6 }) },
  { name: 'time-series-transformer', shape: [7, 3], trunk: () => timeSeriesTransformer({ channels: 3, width: 8, heads: 2, layers: 2, features: 6 }), data: series },
  { name: 'bert', shape: [6], trunk: () => bert({ vocabulary: 20, width: 8, layers: 2, heads: 2, inner: 12, positions: 10, features: 6 }), data: tokens },
  { name: 'dense experts', shape: [6], trunk: () => mlp({ inputs: 6, widths: [8, 6], dense: mixtureOfExperts({ experts: 4, top: 2, dispatch: 'dense', renormalise: true }) }) },
  { name: 'sparse experts', shape: [6], trunk: () => mlp({ inputs: 6, widths: [8, 6], dense: mixtureOfExperts({ experts: 6, top: 2, dispatch: 'sparse', router: 'perTask' }) }) },
];

describe('an exported model gives the model\'s outputs, for any number of inputs', () => {
  test.each(CASES)('$name', async ({ shape, trunk, data = (n: number) => floats([n, ...shape]) }) => {
    const device = await testDevice();
    const model = new MultiTaskModel(device, trunk(), TASKS, 3);
    await scramble(model);
    const file = await exportOnnx(model, { inputs: shape });
    for (const n of [1, 4]) await expectSame(file, model, { input: { shape: [n, ...shape], data: data(n) } });
  });
});

interface Decoded {
  readonly opsetImport: readonly { readonly domain: string }[];
  readonly graph: {
    readonly node: readonly { readonly opType: string; readonly domain?: string }[];
    readonly initializer: readonly { readonly name: string }[];
    readonly input: readonly { readonly name: string; readonly type: { readonly tensorType: { readonly elemType: number } } }[];
  };
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
}

async function decode(file: Uint8Array): Promise<Decoded> {
  return (await modelType()).decode(file) as unknown as Decoded;
}

/** A trunk of one function of the input, without parameters but those given. */
function trunkOf(features: number, forward: Trunk['forward'], specs: Trunk['layers'][number]['specs'] = []): Trunk {
  return { name: 'odd', features, layers: [{ specs, forward: (x) => x }], forward };
}

describe('what the file says', () => {
  test('weights are there once, under their names, whatever the number of tasks; so is what tasks compute in common', async () => {
    const model = new MultiTaskModel(await testDevice(), multiTaskCNN({ input: [1, 8, 8], channels: [4, 4], features: 8 }), TASKS, 1);
    const { graph, metadataProps } = await decode(await exportOnnx(model, { inputs: [1, 8, 8], metadata: { origin: 'here' } }));
    expect(graph.initializer.map(({ name }) => name).filter((name) => /^(shared|head)/.test(name)).sort()).toEqual([...model.parameters().keys()].sort());
    expect(graph.node.filter(({ opType }) => opType === 'Conv')).toHaveLength(2);
    expect(graph.node.filter(({ opType }) => opType === 'Gemm')).toHaveLength(3);
    const facts = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
    expect(facts).toMatchObject({ model: 'multi-task-cnn', origin: 'here' });
    expect(JSON.parse(facts.tasks!)).toEqual([{ name: 'a', kind: 'multiclass', outputs: 5, input: 'input', shape: [1, 8, 8] }, { name: 'b', kind: 'multilabel', outputs: 3, input: 'input', shape: [1, 8, 8] }]);
  });

  test('tokens are int64, values float32', async () => {
    const device = await testDevice();
    const elementOf = async (trunk: Trunk, shape: readonly number[]): Promise<number> => (await decode(await exportOnnx(new MultiTaskModel(device, trunk, TASKS, 1), { inputs: shape }))).graph.input[0]!.type.tensorType.elemType;
    expect(await elementOf(bert({ vocabulary: 20, width: 4, layers: 1, heads: 1, inner: 4, positions: 4, features: 4 }), [4])).toBe(7);
    expect(await elementOf(mlp({ inputs: 4, widths: [4] }), [4])).toBe(1);
  });

  test('the same model gives the same bytes, and training goes on as before', async () => {
    const model = new MultiTaskModel(await testDevice(), mlp({ inputs: 4, widths: [4] }), TASKS, 1);
    expect(await exportOnnx(model, { inputs: [4] })).toEqual(await exportOnnx(model, { inputs: [4] }));
    expect(model.training).toBe(true);
  });
});

test('probabilities: softmax of classes, sigmoid of labels, none of numbers', async () => {
  const tasks: HeadSpec[] = [...TASKS, { name: 'yes', kind: 'binary', outputs: 1 }, { name: 'much', kind: 'regression', outputs: 2 }];
  const model = new MultiTaskModel(await testDevice(), mlp({ inputs: 4, widths: [4] }), tasks, 1);
  await scramble(model);
  const input = { shape: [2, 4], data: floats([2, 4]) };
  const found = await runOnnx(await exportOnnx(model, { inputs: [4], probabilities: true }), { input });
  expect([...found.keys()].filter((name) => name.startsWith('probabilities'))).toEqual(['probabilities.a', 'probabilities.b', 'probabilities.yes']);
  const classes = [...await outputsOf(model, input, 'a')].slice(0, 5).map(Math.exp);
  expectClose(found.get('probabilities.a')!.data.slice(0, 5), classes.map((e) => e / classes.reduce((x, y) => x + y)), { atol: 1e-6 });
  for (const task of ['b', 'yes']) expectClose(found.get(`probabilities.${task}`)!.data, [...await outputsOf(model, input, task)].map((x) => 1 / (1 + Math.exp(-x))), { atol: 1e-6 });
});

test('tasks with inputs of their own have them in the graph', async () => {
  const tasks = [{ name: 'grey', outputs: 2, adapter: channelAdapter([1, 6, 6], [3, 6, 6]) }, { name: 'colour', outputs: 3 }];
  const model = new MultiTaskModel(await testDevice(), multiTaskCNN({ input: [3, 6, 6], channels: [4, 4], features: 6 }), tasks, 1);
  const file = await exportOnnx(model, { inputs: new Map([['grey', [1, 6, 6]], ['colour', [3, 6, 6]]]) });
  await expectSame(file, model, { 'input.grey': { shape: [4, 1, 6, 6], data: floats([4, 1, 6, 6]) }, 'input.colour': { shape: [4, 3, 6, 6], data: floats([4, 3, 6, 6], 8) } });
  const one = await runOnnx(await exportOnnx(model, { inputs: [3, 6, 6], tasks: ['colour'] }), { input: { shape: [1, 3, 6, 6], data: floats([1, 3, 6, 6], 8) } });
  expect([...one.keys()]).toEqual(['logits.colour']);
});

test('gated recurrent units, two layers in both directions', async () => {
  const options = { layers: 2, bidirectional: true };
  const specs = recurrentParameters('gru', 3, 4, options).map((spec) => ({ ...spec, init: kaimingUniform(4) }));
  const trunk = trunkOf(8, (x, parameters) => {
    const { output, hidden } = gru(x, parameters, options); // [n, 5, 8], [4, n, 4]
    return concat([output, reshape(permute(hidden, [1, 0, 2]), [x.shape[0]!, 2, 8])], 1);
  }, specs);
  const model = new MultiTaskModel(await testDevice(), trunk, [{ name: 'a', outputs: 2 }], 1);
  await scramble(model);
  const input = { shape: [3, 5, 3], data: floats([3, 5, 3]) };
  const found = await runOnnx(await exportOnnx(model, { inputs: [5, 3] }), { input });
  expectClose(found.get('logits.a')!.data, await outputsOf(model, input, 'a'), { atol: 1e-5 });
});

test('deviations and variances', async () => {
  const trunk = trunkOf(5, (x) => concat([std(x, { axes: [1] }), reshape(variance(x, { axes: [1, 2], correction: 0, keepDims: true }), [x.shape[0]!, 1])], 1));
  const model = new MultiTaskModel(await testDevice(), trunk, [{ name: 'a', outputs: 2 }], 1);
  const input = { shape: [3, 6, 4], data: floats([3, 6, 4]) };
  const found = await runOnnx(await exportOnnx(model, { inputs: [6, 4] }), { input });
  expectClose(found.get('logits.a')!.data, await outputsOf(model, input, 'a'), { atol: 1e-5 });
});

test('causal attention with heads given apart', async () => {
  const model = new MultiTaskModel(await testDevice(), trunkOf(4, (x) => scaledDotProductAttention(x, x, x, { causal: true })), [{ name: 'a', outputs: 2 }], 1);
  const input = { shape: [3, 2, 5, 4], data: floats([3, 2, 5, 4]) };
  const found = await runOnnx(await exportOnnx(model, { inputs: [2, 5, 4] }), { input });
  expectClose(found.get('logits.a')!.data, await outputsOf(model, input, 'a'), { atol: 1e-5 });
});

test('keys that are padding and NaN, and a query that may attend to none, have no influence', async () => {
  const attended = trunkOf(4, (x) => {
    const n = x.shape[0]!;
    const padding = paddingByNaN(reshape(x, [n, 5, 4]));
    const query = reshape(fillPadding(reshape(x, [n, 5, 4]), padding), [n, 1, 5, 4]);
    const mask = tensor(x.device, Array.from({ length: 25 }, (_, i) => Number(i < 10 || i >= 15)), [5, 5], { dtype: 'bool' });
    return scaledDotProductAttention(query, x, x, { keyPadding: padding, mask });
  });
  const model = new MultiTaskModel(await testDevice(), attended, [{ name: 'a', outputs: 2 }], 1);
  const input = { shape: [2, 1, 5, 4], data: floats([2, 1, 5, 4]).fill(NaN, 16, 20) };
  const found = await runOnnx(await exportOnnx(model, { inputs: [1, 5, 4] }), { input });
  const own = await outputsOf(model, input, 'a');
  expect(own.every(Number.isFinite)).toBe(true);
  expectClose(found.get('logits.a')!.data, own, { atol: 1e-5 });
});

describe('what cannot be exported is refused', () => {
  const refused = async (trunk: Trunk, shape: readonly number[] = [4], options = {}): Promise<unknown> => {
    const model = new MultiTaskModel(await testDevice(), trunk, [{ name: 'a', outputs: 2 }], 1);
    return exportOnnx(model, { inputs: shape, ...options });
  };
  const plain = mlp({ inputs: 4, widths: [4] });

  test.each([
    ['an unknown task', { tasks: ['b'] }, /no task b; there are: a/],
    ['no task', { tasks: [] }, /at least one task/],
    ['a task whose input is not said', { inputs: new Map() }, /input of task a is not said/],
  ])('%s', async (_, options, message) => {
    await expect(refused(plain, [4], options)).rejects.toThrow(message);
  });

  test('an operation without ONNX, by its name', async () => {
    await expect(refused(trunkOf(1, (x) => cast(argmax(x, { axis: 1, keepDims: true }), 'float32')))).rejects.toThrow(/task a.*operation argmax.*safetensors/);
  });

  test('a computation that depends on the number of inputs', async () => {
    await expect(refused(trunkOf(4, (x) => x.shape[0] === 2 ? x : relu(x)))).rejects.toThrow(/task a: what the model computes is another with other inputs/);
    await expect(refused(trunkOf(4, (x) => affine(x, x.shape[0]!, 1)))).rejects.toThrow(/operation affine is another/);
    await expect(refused(trunkOf(4, (x) => mul(x, variance(x, { axes: [0], keepDims: true }))))).rejects.toThrow(/operation variance is another/);
    await expect(refused(trunkOf(4, (x) => mul(x, tensor(x.device, [x.shape[0]!, 1, 1, 1]))))).rejects.toThrow(/a constant of .* is another/);
  });
});
