import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { Device, Generator, GradientRows, ParameterArena, ShapeError, accumulate, randn, tensor } from '../../engine/index.ts';
import { holds, seeds } from '../support/arbitraries.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

/** An arena, and rows with random gradients of it; also the gradients as they lie in the arena. */
async function filled(on: Device, sizes: readonly number[], count: number, seed: number): Promise<{ arena: ParameterArena; rows: GradientRows; data: Float32Array[] }> {
  const arena = new ParameterArena(on, sizes.map((size, i) => ({ name: `p${i}`, shape: [size], init: randn })), new Generator(1));
  const rows = new GradientRows(arena, count);
  const data: Float32Array[] = [];
  for (let i = 0; i < count; i++) {
    arena.zeroGrad();
    sizes.forEach((size, p) => accumulate(arena.get(`p${p}`).grad!, tensor(on, Float32Array.from(values([size], 'normal', seed + 10 * i + p).data))));
    rows.take(i);
    data.push(await arena.gradients.read() as Float32Array);
  }
  return { arena, rows, data };
}

const cases = fc.record({ sizes: fc.array(fc.constantFrom(1, 3, 64, 65, 5000, 20_000), { minLength: 1, maxLength: 3 }), count: fc.integer({ min: 1, max: 4 }), seed: seeds });

async function expectRight(on: Device, { sizes, count, seed }: { sizes: readonly number[]; count: number; seed: number }): Promise<void> {
  using _scope = on.scope();
  const { arena, rows, data } = await filled(on, sizes, count, seed);
  const part = arena.segments.at(-1)!.offset;
  for (const [from, to] of [[0, arena.capacity], [part, arena.capacity]] as const) {
    const expected: number[] = [];
    const magnitude: number[] = [];
    for (let i = 0; i < count; i++) {
      for (let j = i; j < count; j++) {
        let [sum, absolute] = [0, 0];
        for (let k = from; k < to; k++) {
          sum += data[i]![k]! * data[j]![k]!;
          absolute += Math.abs(data[i]![k]! * data[j]![k]!);
        }
        expected.push(sum);
        magnitude.push(1e-6 * absolute);
      }
    }
    expectClose(await rows.products(from, to - from).read(), expected, { atol: magnitude });
  }
  const weights = Float32Array.from(values([count], 'normal', seed).data);
  rows.combine(tensor(on, weights));
  const [expected, magnitude] = [0, 1].map((absolute) => Float64Array.from(data[0]!, (_, k) => data.reduce((sum, row, i) => sum + (absolute ? Math.abs(weights[i]! * row[k]!) * 1e-6 : weights[i]! * row[k]!), 0)));
  expectClose(await arena.gradients.read(), expected!, { atol: magnitude! });
}

test('products of all pairs, of the whole arena or a part, and sums by weights', () => holds(cases, (drawn) => expectRight(device, drawn), 15));

test('more than a binding can take is kept in blocks', async () => {
  const small = await Device.create({ bindingLimit: 65_536 });
  await expectRight(small, { sizes: [65, 5000, 9000, 3], count: 3, seed: 5 });
  small.destroy();
});

test('the same gradients give the same bits', async () => {
  using _scope = device.scope();
  const { rows } = await filled(device, [20_000, 7], 3, 1);
  expect(await rows.products().read()).toEqual(await rows.products().read());
});

test('another number of weights is refused', () => {
  using _scope = device.scope();
  const arena = new ParameterArena(device, [{ name: 'p', shape: [3], init: randn }], new Generator(1));
  expectError(() => new GradientRows(arena, 2).combine(tensor(device, [1, 2, 3])), ShapeError, 'combine: expected 2 weights, got 3');
});
