/**
 * Anything may be handed to any operation: the wrong rank, shape, type, device, a freed tensor, nothing at all. It throws an error that is
 * typed and names something, or gives a tensor whose values and gradients can be read; the device never refuses a command.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DType, Tensor } from '../../engine/index.ts';
import { Device, grad, IndexError, LazygradError, sum, tensor, zeros } from '../../engine/index.ts';
import { dtypeOf, make } from '../catalogue/entry.ts';
import type { Entry, Input } from '../catalogue/entry.ts';
import { OPERATIONS } from '../catalogue/operations.ts';
import { testDevice } from '../support/device.ts';

let device: Device;
let other: Device;
beforeAll(async () => {
  device = await testDevice();
  other = await Device.create();
});
afterAll(() => other.destroy());

type Mischief = 'none' | 'shape' | 'type' | 'device' | 'freed';
interface Change {
  readonly mischief: Mischief;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

const change: fc.Arbitrary<Change> = fc.record({
  mischief: fc.constantFrom<Mischief>('none', 'none', 'shape', 'shape', 'shape', 'type', 'device', 'freed'),
  shape: fc.array(fc.constantFrom(0, 1, 1, 2, 3, 4, 5), { maxLength: 5 }),
  dtype: fc.constantFrom<DType>('float32', 'float16', 'int32', 'uint32', 'bool'),
});

function changed(input: Input, { mischief, shape, dtype }: Change): Tensor {
  switch (mischief) {
    case 'none': return make(device, input, 'float32');
    case 'shape': return make(device, { ...input, shape }, 'float32');
    case 'type': return zeros(device, input.shape, { dtype: dtype === 'float16' && !device.features.includes('shader-f16') ? 'float32' : dtype });
    case 'device': return zeros(other, input.shape, { dtype: dtypeOf(input, 'float32') });
    case 'freed': {
      const gone = make(device, input, 'float32');
      gone.dispose();
      return gone;
    }
  }
}

/** Runs an operation and all that hangs on it. Returns what it threw, if it was one of ours. */
async function attempt({ run }: Entry, inputs: readonly Tensor[]): Promise<LazygradError | null> {
  try {
    const y = run(inputs, device);
    await y.read();
    if (y.requiresGrad) for (const g of grad(sum(y), inputs.filter((x) => x.requiresGrad))) await g?.read();
    return null;
  } catch (error) {
    if (error instanceof LazygradError) return error;
    throw error;
  }
}

describe.each(Object.values(OPERATIONS).flatMap((family) => Object.entries(family)))('%s', (_name, entry) => {
  test('takes what it takes, and refuses the rest with an error that says something', async () => {
    using _here = device.scope();
    using _there = other.scope();
    await fc.assert(fc.asyncProperty(fc.array(change, { minLength: entry.inputs.length, maxLength: entry.inputs.length }), async (changes) => {
      using _scope = device.scope();
      const inputs = entry.inputs.map((input, i) => changed(input, changes[i]!));
      for (const x of inputs) if (x.dtype === 'float32') x.requiresGrad = true;
      const error = await attempt(entry, inputs);
      if (error) expect(error.message.length).toBeGreaterThan(10);
      // What is right is never refused, and whatever happened before, the device goes on.
      expect(await attempt(entry, entry.inputs.map((input) => make(device, input, 'float32')))).toBeNull();
      await expect(device.finish()).resolves.toBeUndefined();
    }), { seed: 1, numRuns: 25 });
  });
});

const INDEXED = Object.values(OPERATIONS).flatMap((family) => Object.entries(family)).filter(([, { inputs }]) => inputs.some(({ kind }) => kind === 'index'));

describe.each(INDEXED)('%s', (name, entry) => {
  test.each([-1, -7, 0, 1, 2 ** 31 - 1])('an index out of range by %d is an error that names the operation, what was expected and what came', async (excess) => {
    using _scope = device.scope();
    const at = entry.inputs.findIndex(({ kind }) => kind === 'index');
    const wrong = excess < 0 ? excess : Math.min(2 ** 31 - 1, (entry.inputs[at]!.limit ?? 0) + excess);
    const inputs = entry.inputs.map((input) => make(device, input, 'float32'));
    const indices = [...await inputs[at]!.read()];
    indices[indices.length - 1] = wrong;
    inputs[at] = tensor(device, Int32Array.from(indices), inputs[at]!.shape);
    const error = await attempt(entry, inputs);
    expect(error).toBeInstanceOf(IndexError);
    expect(error!.message).toMatch(new RegExp(`${name.replace('Rows', '')}.* got ${wrong}`, 's'));
    // It is told once.
    expect(await attempt(entry, entry.inputs.map((input) => make(device, input, 'float32')))).toBeNull();
  });
});
