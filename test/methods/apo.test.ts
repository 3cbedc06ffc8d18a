/** APO as a method: heads beside the trunk when a step is refused, and what an epoch's event says of its steps. */
import { describe, expect, test } from 'vitest';
import { findMethod, resolveHyperparameters, termOf, train } from 'lazygrad/methods';
import type { EpochEvent, UpdateRule } from 'lazygrad/methods';
import { MultiTaskModel, mlp } from 'lazygrad/models';
import { ConfigError, NumericsError, readSafetensors, tensor } from '../../engine/index.ts';
import { APO } from '../../apo/index.ts';
import { testDevice } from '../support/device.ts';
import { expectError, expectRejection } from '../support/errors.ts';
import { toyDataset } from './support.ts';

const device = await testDevice();
const method = findMethod('apo');
const TASKS = ['plain', 'inverted'];

const newModel = (): MultiTaskModel => new MultiTaskModel(device, mlp({ inputs: 64, widths: [12, 7] }), TASKS.map((name) => ({ name, outputs: 4 })), 1);

/** All parameters, heads included, bit by bit. */
async function bits({ shared, heads }: MultiTaskModel): Promise<number[][]> {
  return Promise.all([shared, ...heads.values()].map(async ({ values }) => [...new Uint32Array((await values.read()).slice().buffer)]));
}

describe.each(['eager', 'captured'])('%s: a batch with one bad pixel', (kind) => {
  test.each([NaN, Infinity])('%s moves neither trunk nor head, by a bit', async (bad) => {
    using _scope = device.scope();
    const model = newModel();
    const rule: UpdateRule = method.create({ model, tasks: TASKS, lr: 0.3, seed: 1, values: resolveHyperparameters(method, {}) });
    const pixels = Float32Array.from({ length: 3 * 64 }, (_, i) => Math.sin(i));
    const inputs = tensor(device, pixels, [3, 64]);
    const targets = tensor(device, Int32Array.of(0, 3, 1));
    const update = (): void => {
      rule.step([termOf({ model, task: { name: 'inverted', kind: 'multiclass' }, inputs, targets, missing: false })]);
    };
    const captured = kind === 'captured' ? device.capture(update) : null;
    const step = async (pixel: number): Promise<number[][]> => {
      inputs.write(pixels.map((value, i) => (i === 70 ? pixel : value)));
      if (captured) {
        captured.replay();
      } else {
        update();
        device.submit();
      }
      return bits(model);
    };
    const before = await step(0.5);
    expect(await step(bad)).toEqual(before);
    // The head's own gradients are not finite either: it is the guard that keeps it.
    expect((await step(bad)).at(-1)).toEqual(before.at(-1));
    await expectRejection(rule.check!(), NumericsError, /refused 2 steps: first the gradient of fc1/, 'task inverted');
    const after = await step(0.5);
    expect(after[0]).not.toEqual(before[0]);
    expect(after[1]).toEqual(before[1]);
    expect(after[2]).not.toEqual(before[2]);
    await rule.check!();
    captured?.dispose();
  });
});

test('a guard before the first step has nothing to go by', () => {
  using _scope = device.scope();
  const { shared, heads } = newModel();
  expectError(() => new APO(shared, TASKS, { lr: 0.1 }).guard(heads.get('plain')!), ConfigError, /no step yet/);
});

describe('what an epoch says of its steps', () => {
  async function run(order: readonly string[], stopAfter = Infinity): Promise<{ epochs: EpochEvent[]; checkpoints: Uint8Array[] }> {
    using _scope = device.scope();
    const epochs: EpochEvent[] = [];
    const checkpoints: Uint8Array[] = [];
    const stop = new AbortController();
    let steps = 0;
    await train({
      device, dataset: toyDataset, model: newModel(), method, hyperparameters: resolveHyperparameters(method, {}), lr: 0.3, epochs: 3, batchSize: 8, seed: 4, signal: stop.signal, taskOrder: { first: order },
      onEvent(event) {
        if (event.type === 'epoch') epochs.push(event);
        if (event.type === 'progress' && ++steps === stopAfter) stop.abort();
      },
      onCheckpoint: (bytes) => checkpoints.push(bytes),
    });
    return { epochs, checkpoints };
  }
  /** Steps, sensitive and protected parameters that a checkpoint counts for a task. */
  function counted(bytes: Uint8Array, task: string): [number, number, number] {
    const words = readSafetensors(bytes, 'x').tensors.get(`method.tally.${task}`)!.data as Uint32Array;
    const blocks = Array.from({ length: words.length / 4 - 1 }, (_, i) => words.subarray(4 * (i + 1)));
    return [words[0]!, blocks.reduce((sum, block) => sum + block[0]!, 0), blocks.reduce((sum, block) => sum + block[1]!, 0)];
  }
  /** Elements of the two layers. */
  const LENGTHS = [64 * 12 + 12, 12 * 7 + 7] as const;
  const ALL = LENGTHS[0] + LENGTHS[1];

  test.each([[TASKS], [[...TASKS].reverse()]])('is of that epoch alone, for the model and each layer; the count begins anew (%o)', async (order) => {
    const { epochs, checkpoints } = await run(order);
    const first = TASKS.indexOf(order[0]!);
    expect(epochs).toHaveLength(3);
    for (const [n, { ownership, sensitivity, layers }] of epochs.entries()) {
      // In the last step but one: then the first task has made all its steps of this epoch, whatever came before.
      const late = (await run(order, 12 * n + 11)).checkpoints.at(-1)!;
      const [steps, selected, guarded] = counted(late, order[0]!);
      expect(steps).toBe([7, 5][first]);
      expect(sensitivity!.selected[first]).toBe(selected / (steps * ALL));
      expect(sensitivity!.conflict[first]).toBe(guarded / selected);
      for (const [t, task] of TASKS.entries()) {
        expect(counted(checkpoints[n]!, task)).toEqual([0, 0, 0]);
        expect(layers.map(({ name }) => name)).toEqual(['fc1', 'fc2']);
        const mean = (of: (layer: (typeof layers)[number]) => number): number => layers.reduce((sum, layer, i) => sum + (of(layer) * LENGTHS[i]!) / ALL, 0);
        expect(mean(({ selected: share }) => share[t]!)).toBeCloseTo(sensitivity!.selected[t]!, 12);
        expect(mean(({ selected: share, conflict }) => share[t]! * conflict[t]!)).toBeCloseTo(sensitivity!.selected[t]! * sensitivity!.conflict[t]!, 12);
        for (const share of ['owned', 'protected'] as const) expect(mean((layer) => layer[share][t]!)).toBeCloseTo(ownership![share][t]!, 12);
      }
    }
    // Nobody owned anything before the first task's first turn.
    expect(epochs[0]!.sensitivity!.conflict[first]).toBe(0);
    expect(epochs[0]!.sensitivity!.conflict[1 - first]).toBeGreaterThan(0.1);
    expect(epochs[1]!.sensitivity!.conflict[first]).toBeGreaterThan(0);
  });
});
