/** `lazygrad export`, from a run that is trained here to files that other programs open. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors } from '../../engine/index.ts';
import { loadModel } from 'lazygrad/methods';
import { floats, outputsOf } from '../models/onnx-support.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { runOnnx } from '../support/onnx.ts';
import { lazygrad as run } from './support.ts';
import type { Result } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'lazygrad-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lazygrad = (...args: string[]): Promise<Result> => run(folder, [...args, '--adapter', 'swiftshader']);
const input = { shape: [3, 1, 28, 28], data: floats([3, 1, 28, 28]) };

interface Chosen {
  readonly wanted: string;
  readonly epoch: number;
}

let chosen: readonly Chosen[] = [];

beforeAll(async () => {
  const { code, err } = await lazygrad('train', '--dataset', 'mnist-pair', '--method', 'apo', '--limit', '64', '--width', '0.125', '--batch-size', '16', '--seed', '3', '--epochs', '3', '--selection', 'best-per-task', '--out', 'whole');
  expect([code, err]).toEqual([0, expect.anything()]);
  chosen = JSON.parse(readSafetensors(readFileSync(join(folder, 'whole', 'checkpoint')), 'checkpoint').metadata.chosen!) as Chosen[];
}, 60_000);

test('safetensors: the chosen weights by name, out of which the model can be built again', async () => {
  const { code, out } = await lazygrad('export', 'whole', '--format', 'safetensors', '--json');
  expect(code).toBe(0);
  const epoch = chosen.find(({ wanted }) => wanted === 'mean')!.epoch + 1;
  expect(JSON.parse(out)).toMatchObject({ run: 'whole', format: 'safetensors', file: join('whole', 'model.safetensors'), model: 'multi-task-cnn', epoch, tasks: [{ name: 'mnist' }, { name: 'fashion-mnist' }] });
  const bytes = readFileSync(join(folder, 'whole', 'model.safetensors'));
  const checkpoint = readSafetensors(readFileSync(join(folder, 'whole', 'checkpoint')), 'checkpoint').tensors;
  const { tensors, metadata } = readSafetensors(bytes, 'model');
  expect(metadata).toMatchObject({ 'lazygrad.dataset': 'mnist-pair', 'lazygrad.method': 'apo', 'lazygrad.epoch': String(epoch) });
  expect([...tensors.keys()].filter((name) => !name.startsWith('shared.'))).toEqual(['mnist', 'fashion-mnist'].flatMap((task) => [`head.${task}.weight`, `head.${task}.bias`].map((name) => name.replace('.weight', '.head.weight').replace('.bias', '.head.bias'))));
  for (const [name, tensor] of tensors) expect(tensor).toEqual(checkpoint.get(`chosen.mean.${name}`));
});

test('onnx: the same outputs as the weights give', async () => {
  expect((await lazygrad('export', 'whole', '--format', 'safetensors', '--which', 'last', '--out', 'last.safetensors')).code).toBe(0);
  const { code, out } = await lazygrad('export', 'whole', '--format', 'onnx', '--which', 'last', '--probabilities', '--out', 'last.onnx');
  expect([code, out]).toEqual([0, 'last.onnx\n']);
  const device = await testDevice();
  using _scope = device.scope();
  const { model } = loadModel(device, readFileSync(join(folder, 'last.safetensors')), 'last.safetensors');
  const found = await runOnnx(readFileSync(join(folder, 'last.onnx')), { input });
  expect([...found.keys()]).toEqual(['mnist', 'fashion-mnist'].flatMap((task) => [`logits.${task}`, `probabilities.${task}`]));
  for (const task of model.tasks.keys()) expectClose(found.get(`logits.${task}`)!.data, await outputsOf(model, input, task), { atol: 1e-4 });
});

test('one task: its outputs alone, of the epoch that was best for it', async () => {
  const { code, out } = await lazygrad('export', 'whole', '--format', 'onnx', '--task', 'fashion-mnist', '--out', 'one.onnx', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ epoch: chosen.find(({ wanted }) => wanted === 'task.fashion-mnist')!.epoch + 1, tasks: [{ name: 'fashion-mnist', kind: 'multiclass', classes: 10, inputShape: [1, 28, 28] }] });
  expect([...(await runOnnx(readFileSync(join(folder, 'one.onnx')), { input })).keys()]).toEqual(['logits.fashion-mnist']);
});

describe('what is refused is one line on standard error, an exit code and no file', () => {
  beforeAll(() => {
    cpSync(join(folder, 'whole'), join(folder, 'cut'), { recursive: true });
    truncateSync(join(folder, 'cut', 'checkpoint'), 1000);
    cpSync(join(folder, 'whole'), join(folder, 'young'), { recursive: true });
    unlinkSync(join(folder, 'young', 'checkpoint'));
  });

  test.concurrent.each([
    [['whole'], 2, /--format/],
    [['whole', '--format', 'pickle'], 2, /pickle.*safetensors, onnx/],
    [['nowhere', '--format', 'onnx'], 2, /'nowhere' is not a run/],
    [['young', '--format', 'onnx'], 2, /'young' has no checkpoint yet/],
    [['cut', '--format', 'onnx'], 5, /cut\/checkpoint: truncated/],
    [['whole', '--format', 'onnx', '--task', 'letters'], 2, /no task letters; there are: mnist, fashion-mnist/],
    [['whole', '--format', 'safetensors', '--probabilities'], 2, /--probabilities is for --format onnx/],
    [['whole', '--format', 'safetensors', '--task', 'mnist', '--task', 'fashion-mnist'], 2, /one task at most/],
    [['whole', '--format', 'onnx', '--out', 'no/such/folder/model.onnx'], 2, /cannot write 'no\/such\/folder\/model.onnx'/],
  ])('%j', async (args, expected, message) => {
    const { code, out, err } = await lazygrad('export', ...args);
    expect(err).toMatch(message);
    expect(err.trim().split('\n').filter((line) => !line.startsWith('adapter:'))).toHaveLength(1);
    expect([code, out]).toEqual([expected, '']);
    expect(existsSync(join(folder, 'no'))).toBe(false);
  });
});

test('--help shows every option and an example', async () => {
  const { code, out } = await run(folder, ['export', '--help']);
  for (const option of ['--format', '--out', '--which', '--task', '--probabilities', '--adapter', '--json', 'Example']) expect(out).toContain(option);
  expect(code).toBe(0);
});
