/** `lazygrad export`, from a run that is trained here to files that other programs open. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exportCommand } from '../../cli/commands/export.ts';
import { trainCommand } from '../../cli/commands/train.ts';
import { exitCodeOf } from '../../cli/exit.ts';
import { openTrained } from '../../cli/trained.ts';
import { readSafetensors, tensor } from '../../engine/index.ts';
import { loadModel } from 'lazygrad/methods';
import type { MultiTaskModel } from 'lazygrad/models';
import { floats, outputsOf } from '../models/onnx-support.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { runOnnx } from '../support/onnx.ts';
import { lazygrad as run } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'lazygrad-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: string[]): string => join(folder, ...names);
const input = { shape: [3, 1, 28, 28], data: floats([3, 1, 28, 28]) };

interface Chosen {
  readonly wanted: string;
  readonly epoch: number;
}

/** In this process, since a new one takes seconds to start. Gives what is on standard output. */
async function exported(...args: string[]): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const quiet = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    await exportCommand().exitOverride().parseAsync([...args, '--adapter', 'swiftshader'], { from: 'user' });
    return write.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    write.mockRestore();
    quiet.mockRestore();
  }
}

let chosen: readonly Chosen[] = [];

beforeAll(async () => {
  const silent = [vi.spyOn(process.stdout, 'write').mockReturnValue(true), vi.spyOn(process.stderr, 'write').mockReturnValue(true)];
  await trainCommand().parseAsync(['--dataset', 'mnist-pair', '--method', 'apo', '--limit', '64', '--width', '0.125', '--batch-size', '16', '--seed', '3', '--epochs', '3', '--selection', 'best-per-task', '--adapter', 'swiftshader', '--out', at('whole')], { from: 'user' });
  for (const spy of silent) spy.mockRestore();
  chosen = JSON.parse(readSafetensors(readFileSync(at('whole', 'checkpoint')), 'checkpoint').metadata.chosen!) as Chosen[];
}, 60_000);

test('safetensors: the chosen weights by name, out of which the model can be built again', async () => {
  const out = await exported(at('whole'), '--format', 'safetensors', '--json');
  const epoch = chosen.find(({ wanted }) => wanted === 'mean')!.epoch + 1;
  expect(JSON.parse(out)).toMatchObject({ run: at('whole'), format: 'safetensors', file: at('whole', 'model.safetensors'), model: 'multi-task-cnn', epoch, tasks: [{ name: 'mnist' }, { name: 'fashion-mnist' }] });
  const bytes = readFileSync(at('whole', 'model.safetensors'));
  const checkpoint = readSafetensors(readFileSync(at('whole', 'checkpoint')), 'checkpoint').tensors;
  const { tensors, metadata } = readSafetensors(bytes, 'model');
  expect(metadata).toMatchObject({ 'lazygrad.dataset': 'mnist-pair', 'lazygrad.method': 'apo', 'lazygrad.epoch': String(epoch) });
  expect([...tensors.keys()].filter((name) => !name.startsWith('shared.'))).toEqual(['mnist', 'fashion-mnist'].flatMap((task) => [`head.${task}.weight`, `head.${task}.bias`].map((name) => name.replace('.weight', '.head.weight').replace('.bias', '.head.bias'))));
  for (const [name, tensor] of tensors) expect(tensor).toEqual(checkpoint.get(`chosen.mean.${name}`));
});

test('onnx: the same outputs as the weights give', async () => {
  const files = [at('last.safetensors'), at('last.onnx')] as const;
  await exported(at('whole'), '--format', 'safetensors', '--which', 'last', '--out', files[0]);
  expect(await exported(at('whole'), '--format', 'onnx', '--which', 'last', '--probabilities', '--out', files[1])).toBe(`${files[1]}\n`);
  const device = await testDevice();
  using _scope = device.scope();
  const { model } = loadModel(device, readFileSync(files[0]), 'last.safetensors');
  const found = await runOnnx(readFileSync(files[1]), { input });
  expect([...found.keys()]).toEqual(['mnist', 'fashion-mnist'].flatMap((task) => [`logits.${task}`, `probabilities.${task}`]));
  for (const task of model.tasks.keys()) expectClose(found.get(`logits.${task}`)!.data, await outputsOf(model, input, task), { atol: 1e-4 });
});

test('one task: its outputs alone, of the epoch that was best for it', async () => {
  const out = await exported(at('whole'), '--format', 'onnx', '--task', 'fashion-mnist', '--out', at('one.onnx'), '--json');
  expect(JSON.parse(out)).toMatchObject({ epoch: chosen.find(({ wanted }) => wanted === 'task.fashion-mnist')!.epoch + 1, tasks: [{ name: 'fashion-mnist', kind: 'multiclass', classes: 10, inputShape: [1, 28, 28] }] });
  expect([...(await runOnnx(readFileSync(at('one.onnx')), { input })).keys()]).toEqual(['logits.fashion-mnist']);
});

test('predictions are of the model that was chosen for each task', async () => {
  const epochs = (task: string): number | undefined => chosen.find(({ wanted }) => wanted === task)?.epoch;
  const other = ['mnist', 'fashion-mnist'].find((task) => epochs(`task.${task}`) !== epochs('mean'))!;
  const device = await testDevice();
  using _scope = device.scope();
  const trained = openTrained(at('whole'));
  const of = async (model: MultiTaskModel): Promise<number[]> => [...await model.forward(tensor(device, input.data, input.shape), other).read()];
  const own = await of(trained.model(device, 'chosen', other).model);
  expect(await of(trained.model(device).model)).not.toEqual(own);
  expect(await of(trained.chosenFor(device)(other))).toEqual(own);
});

describe('what is refused has a message and an exit code, and leaves no file', () => {
  beforeAll(() => {
    cpSync(at('whole'), at('cut'), { recursive: true });
    truncateSync(at('cut', 'checkpoint'), 1000);
    cpSync(at('whole'), at('young'), { recursive: true });
    unlinkSync(at('young', 'checkpoint'));
  });

  test.each([
    [['nowhere', '--format', 'onnx'], 2, /nowhere' is not a run/],
    [['young', '--format', 'onnx'], 2, /young' has no checkpoint yet/],
    [['cut', '--format', 'onnx'], 5, /cut\/checkpoint: truncated/],
    [['whole', '--format', 'onnx', '--task', 'letters'], 2, /no task letters; there are: mnist, fashion-mnist/],
    [['whole', '--format', 'safetensors', '--probabilities'], 2, /--probabilities is for --format onnx/],
    [['whole', '--format', 'safetensors', '--task', 'mnist', '--task', 'fashion-mnist'], 2, /one task at most/],
    [['whole', '--format', 'onnx', '--out', at('no', 'such', 'model.onnx')], 2, /cannot write '.*no\/such\/model.onnx'/],
  ])('%j', async ([name = '', ...args], code, message) => {
    const error: unknown = await exported(at(name), ...args).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string });
    expect(exitCodeOf(error)).toBe(code);
    expect(existsSync(at('no'))).toBe(false);
    expect(existsSync(at(name, 'model.onnx'))).toBe(false);
  });

  test('a run that another version recorded, without what its tasks take: the data set says it', async () => {
    cpSync(at('whole'), at('old'), { recursive: true });
    const events = readFileSync(at('old', 'metrics.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(Object.keys(events[0]!)).toContain('inputs');
    writeFileSync(at('old', 'metrics.jsonl'), events.map(({ inputs: _, ...event }) => `${JSON.stringify(event)}\n`).join(''));
    await exported(at('old'), '--format', 'onnx', '--out', at('old.onnx'));
    await exported(at('whole'), '--format', 'onnx', '--out', at('new.onnx'));
    expect(readFileSync(at('old.onnx'))).toEqual(readFileSync(at('new.onnx')));
  });
});

test('the command is there, with every option and an example; without a format it is refused', async () => {
  const { code, out } = await run(folder, ['export', '--help']);
  for (const option of ['--format', '--out', '--which', '--task', '--probabilities', '--adapter', '--json', 'Example']) expect(out).toContain(option);
  expect(code).toBe(0);
  await expect(exportCommand().exitOverride().configureOutput({ writeErr: () => undefined }).parseAsync([at('whole')], { from: 'user' })).rejects.toThrow(/--format/);
}, 120_000);
