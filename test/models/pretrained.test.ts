/** Foreign checkpoints: what fits is loaded, what does not is refused as a whole. */
import { expect, test } from 'vitest';
import { MultiTaskModel, bert, loadPretrained, resNet } from 'lazygrad/models';
import { CheckpointError, openSafetensors, sizeOf, writeSafetensors } from '../../engine/index.ts';
import type { StoredTensor } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectRejection } from '../support/errors.ts';
import { values } from '../support/values.ts';

const device = await testDevice();
const TASKS = ['a', 'b'].map((name) => ({ name, outputs: 2 }));
const text = (): MultiTaskModel => new MultiTaskModel(device, bert({ vocabulary: 9, width: 8, layers: 2, heads: 2, inner: 12, positions: 6, features: 4 }), TASKS, 1);
const images = (count = 1): MultiTaskModel => new MultiTaskModel(device, resNet({ depth: { block: 'basic', counts: [1, count] }, width: 4, features: 4 }), TASKS, 1);

const stored = (shape: readonly number[], seed: number): StoredTensor => ({ shape, data: Float32Array.from(values(shape, 'normal', seed).data) });
const fileOf = (tensors: Iterable<readonly [string, StoredTensor]>): Uint8Array<ArrayBuffer> => writeSafetensors({ tensors: new Map(tensors), metadata: { format: 'pt' } });
type Entries = [string, StoredTensor][];

/** What a file has for all of a model but `fc`, in PyTorch's names. */
function contents({ shared, statistics }: MultiTaskModel): Entries {
  const parameters = shared.segments.filter(({ name }) => !name.startsWith('fc.')).map(({ name, shape }, i): Entries[number] => [name, stored(shape, i)]);
  const running = statistics.layers.flatMap((layer, i): Entries => {
    const shape = [statistics.of(layer).channels];
    return [[`${layer}.running_mean`, stored(shape, 100 + i)], [`${layer}.running_var`, stored(shape, 200 + i)], [`${layer}.num_batches_tracked`, { shape: [], data: Int32Array.of(7) }]];
  });
  return [...parameters, ...running];
}

async function stateOf(model: MultiTaskModel): Promise<ReadonlyMap<string, readonly number[]>> {
  const [shared, statistics] = [await model.shared.stateDict(), await model.statistics.stateDict()];
  return new Map([...[...shared].map(([name, { data }]) => [name, [...data]] as const), ...[...statistics].map(([name, data]) => [name, [...data]] as const)]);
}

/** What the model holds where the file's tensors went, and its own layer before and after. */
async function expectLoaded(model: MultiTaskModel, entries: Entries, load: () => Promise<void>): Promise<void> {
  const before = await stateOf(model);
  await load();
  const after = await stateOf(model);
  const wanted = new Map(entries.filter(([name]) => !name.endsWith('num_batches_tracked')).flatMap(([name, { data }]) => {
    const [, layer, kind] = /^(.*)\.running_(mean|var)$/.exec(name) ?? [];
    return layer ? TASKS.map((task) => [`${layer}.${task.name}.running${kind === 'mean' ? 'Mean' : 'Variance'}`, [...data]] as const) : [[name, [...data]] as const];
  }));
  for (const [name, data] of after) expect([name, data]).toEqual([name, wanted.get(name) ?? before.get(name)]);
  expect([...after.keys()].filter((name) => !wanted.has(name))).toEqual(['fc.weight', 'fc.bias']);
}

const renamed = (entries: Entries, name: (name: string) => string): Entries => entries.map(([old, tensor]) => [name(old), tensor]);

test.each<[string, (entries: Entries) => Entries]>([
  ['as the encoder alone is saved', (entries) => entries],
  ['in another order', (entries) => [...entries].reverse()],
  ['with heads and the prefix', (entries) => [...renamed(entries, (name) => `bert.${name}`), ['bert.embeddings.position_ids', { shape: [1, 6], data: new Int32Array(6) }], ['cls.predictions.bias', stored([9], 1)], ['cls.seq_relationship.weight', stored([2, 8], 2)], ['fit_denses.0.weight', stored([3, 8], 2)]]],
  ['with older names', (entries) => renamed(entries, (name) => `bert.${name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta')}`)],
  ['of several devices', (entries) => [...renamed(entries, (name) => `module.bert.${name}`), ['module.classifier.weight', stored([2, 8], 1)]]],
])('BERT %s', async (_, change) => {
  using _scope = device.scope();
  const model = text();
  const entries = contents(model);
  await expectLoaded(model, entries, () => loadPretrained(model, fileOf(change(entries)), { file: 'model.safetensors' }));
});

test('ResNet, its statistics for every task, and a classifier of its own', async () => {
  using _scope = device.scope();
  const model = images();
  const entries = contents(model);
  const file = fileOf([...entries, ['fc.weight', stored([1000, 8], 1)], ['fc.bias', stored([1000], 2)]]);
  await expectLoaded(model, entries, () => loadPretrained(model, file, { file: 'model.safetensors' }));
  const open = await openSafetensors((at, length) => file.subarray(at, at + length), 'f');
  const again = images();
  await expectLoaded(again, entries, () => loadPretrained(again, open, { file: 'f' }));
});

test('half precision is taken, and other layers can be the model\'s own', async () => {
  using _scope = device.scope();
  const model = text();
  const before = await stateOf(model);
  const half = contents(model).map(([name, { shape }]): Entries[number] => [name, { shape, data: new Float32Array(sizeOf(shape)).fill(0.5), dtype: 'float16' }]);
  await loadPretrained(model, fileOf(half.filter(([name]) => !name.startsWith('pooler'))), { file: 'f', own: ['fc', 'pooler'] });
  const after = await stateOf(model);
  expect(new Set(after.get('encoder.layer.1.output.dense.weight'))).toEqual(new Set([0.5]));
  expect(after.get('pooler.dense.weight')).toEqual(before.get('pooler.dense.weight'));
});

const without = (entries: Entries, ...names: string[]): Entries => entries.filter(([name]) => !names.includes(name));
const NORM = 'encoder.layer.0.output.LayerNorm';

test.each<[string, (entries: Entries) => Uint8Array, (string | RegExp)[]]>([
  ['without tensors', (entries) => fileOf(without(entries, 'pooler.dense.bias', `${NORM}.weight`)), ['pooler.dense.bias is missing', `${NORM}.weight is missing`]],
  ['with others', (entries) => fileOf([...entries, ['encoder.layer.2.output.dense.bias', stored([8], 1)], ['head.weight', stored([2], 1)]]), ['encoder.layer.2.output.dense.bias is unknown', 'head.weight is unknown']],
  ['of another shape', (entries) => fileOf([...without(entries, 'embeddings.word_embeddings.weight'), ['bert.embeddings.word_embeddings.weight', stored([10, 8], 1)]]), ['bert.embeddings.word_embeddings.weight has shape [10, 8], expected [9, 8]']],
  ['of the transposed shape', (entries) => fileOf([...without(entries, 'encoder.layer.1.output.dense.weight'), ['encoder.layer.1.output.dense.weight', stored([12, 8], 1)]]), ['[12, 8], expected [8, 12]']],
  ['of whole numbers', (entries) => fileOf([...without(entries, 'pooler.dense.bias'), ['pooler.dense.bias', { shape: [8], data: new Int32Array(8) }]]), ['pooler.dense.bias is int32']],
  ['with a parameter twice', (entries) => fileOf([...entries, [`bert.${NORM}.gamma`, stored([8], 1)]]), [`${NORM}.weight and bert.${NORM}.gamma`]],
  ['of another architecture', () => fileOf(contents(images())), ['embeddings.word_embeddings.weight is missing', /; and 4\d more$/]],
  ['cut off', (entries) => fileOf(entries).subarray(0, -1), ['truncated']],
  ['cut off in its header', (entries) => fileOf(entries).subarray(0, 100), ['truncated']],
  ['of nothing', () => new Uint8Array(), ['not a safetensors file']],
  ['that is a zip archive with a pickle', () => Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0), ['pickle', 'safetensors']],
  ['that is a pickle', () => Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9), ['pickle', 'safetensors']],
])('a file %s is refused, and nothing changes', async (_, make, parts) => {
  using _scope = device.scope();
  const model = text();
  const before = await stateOf(model);
  await expectRejection(loadPretrained(model, make(contents(model)), { file: 'some.file' }), CheckpointError, 'some.file', ...parts);
  expect(await stateOf(model)).toEqual(before);
});

test('a deeper ResNet, or one whose statistics are missing, is refused, and nothing changes', async () => {
  using _scope = device.scope();
  const model = images();
  const before = await stateOf(model);
  await expectRejection(loadPretrained(model, fileOf(contents(images(2))), { file: 'f' }), CheckpointError, 'layer2.1.conv1.weight is unknown', 'layer2.1.bn1.running_mean is unknown');
  await expectRejection(loadPretrained(model, fileOf(without(contents(model), 'layer2.0.downsample.1.running_var')), { file: 'f' }), CheckpointError, /: layer2.0.downsample.1.running_var is missing$/);
  expect(await stateOf(model)).toEqual(before);
});

test('a file that ends while it is read changes nothing', async () => {
  using _scope = device.scope();
  const model = text();
  const before = await stateOf(model);
  const file = fileOf(contents(model));
  const open = await openSafetensors((at, length) => file.subarray(at, Math.min(at + length, file.length - 4)), 'f');
  await expectRejection(loadPretrained(model, open, { file: 'f' }), CheckpointError, 'truncated');
  expect(await stateOf(model)).toEqual(before);
});
