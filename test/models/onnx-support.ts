/** What tests of exported graphs share. */
import { expect } from 'vitest';
import { noGrad, tensor } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import type { MultiTaskModel } from 'lazygrad/models';
import { expectClose } from '../support/close.ts';
import { runOnnx } from '../support/onnx.ts';
import type { Feed } from '../support/onnx.ts';
import { numbers } from './support.ts';

export const floats = (shape: readonly number[], seed = 5): Float32Array => Float32Array.from(numbers(shape, seed).data);

/** Every parameter and running statistic another than it starts: zeros and ones would hide what is left out. */
export async function scramble(model: MultiTaskModel, by = 0.1): Promise<void> {
  const state = await model.stateDict();
  let seed = 1;
  for (const [name, { shape, data }] of state) {
    const noise = numbers(shape, seed++, by).data;
    state.set(name, { shape, data: data.map((value, i) => name.endsWith('Variance') ? 0.6 + Math.abs(noise[i]! / by) : value + noise[i]!) });
  }
  model.loadStateDict(state);
}

/** The engine's own. */
export async function outputsOf(model: MultiTaskModel, { shape, data }: Feed, task: string): Promise<Float32Array> {
  const { device } = model.shared;
  using _scope = device.scope();
  model.eval();
  return (await noGrad((): Tensor => model.forward(tensor(device, Float32Array.from(data), shape), task)).read()) as Float32Array;
}

/** Both are numbers, differ from sample to sample, and agree. @param inputs by the name of the graph's input */
export async function expectSame(file: Uint8Array, model: MultiTaskModel, inputs: Readonly<Record<string, Feed>>): Promise<void> {
  const found = await runOnnx(file, inputs);
  expect([...found.keys()]).toEqual([...model.tasks.keys()].map((task) => `logits.${task}`));
  for (const { name, outputs } of model.tasks.values()) {
    const input = inputs[`input.${name}`] ?? inputs.input!;
    const logits = found.get(`logits.${name}`)!;
    expect(logits.shape).toEqual([input.shape[0], outputs]);
    const own = await outputsOf(model, input, name);
    expect(own.every(Number.isFinite) && new Set(own).size > own.length / 2).toBe(true);
    expectClose(logits.data, own, { atol: 1e-4 * Math.max(1, ...own.map(Math.abs)) }, `${name}, ${input.shape[0]} inputs`);
  }
}
