import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinGrids, windowSource, type HourEncoder, type HourlyGrids } from '../../../data/icu/hourly-windows.ts';
import { ShapeError } from '../../../engine/errors.ts';
import { expectError, expectRejection } from '../../support/errors.ts';

/** Values, then whether each was measured, then the stay. */
const plain: HourEncoder = {
  id: 'plain',
  width: 5,
  initial: [-1, -2],
  encode(values, measured, stay, into, at) {
    into.set([...values, ...Array.from(measured, (value) => (Number.isNaN(value) ? 0 : 1)), stay], at);
  },
};

const grids: HourlyGrids = { id: 'g', ...joinGrids([Float32Array.of(NaN, 10, 1, NaN, NaN, NaN), Float32Array.of(7, 8)], 2) };

async function read(steps: number, stays: number[], ends: number[], samples: number[]): Promise<number[]> {
  const source = windowSource(grids, { stays: Uint32Array.from(stays), ends: Uint32Array.from(ends) }, plain, steps);
  const into = new Float32Array(samples.length * steps * 5);
  await source.read(Uint32Array.from(samples), into);
  return [...into];
}

const PAD = Array<number>(5).fill(NaN);

test('values hold until they are measured again, and padding is behind', async () => {
  expect(grids.starts).toEqual(Uint32Array.of(0, 3, 4));
  expect(await read(4, [0, 1], [3, 1], [0, 1])).toEqual([-1, 10, 0, 1, 0, 1, 10, 1, 0, 0, 1, 10, 0, 0, 0, ...PAD, 7, 8, 1, 1, 1, ...PAD, ...PAD, ...PAD]);
});

test('a window ends where it says: nothing behind it is seen', async () => {
  expect(await read(2, [0], [1], [0])).toEqual([-1, 10, 0, 1, 0, ...PAD]);
});

test('of a longer window the last steps are kept, with what was measured before them', async () => {
  expect(await read(1, [0], [3], [0])).toEqual([1, 10, 0, 0, 0]);
});

test('samples come in the order asked for, also twice', async () => {
  const [first, second] = [await read(3, [0, 1], [2, 1], [0]), await read(3, [0, 1], [2, 1], [1])];
  expect(await read(3, [0, 1], [2, 1], [1, 0, 1])).toEqual([...second, ...first, ...second]);
});

test('a window has the values of the same hours cut out by hand', async () => {
  const value = fc.option(fc.integer({ min: 0, max: 9 }), { nil: NaN });
  const stay = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(stay, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(), fc.integer({ min: 1, max: 9 }), async (stays, a, b, steps) => {
      const at = a % stays.length;
      const end = 1 + (b % stays[at]!.length);
      const source = windowSource({ id: '', ...joinGrids(stays.map((rows) => Float32Array.from(rows.flat())), 2) }, { stays: Uint32Array.of(at), ends: Uint32Array.of(end) }, plain, steps);
      const got = new Float32Array(steps * 5);
      await source.read(Uint32Array.of(0), got);
      const rows = Array.from({ length: end }, (_, hour) => {
        const held = [0, 1].map((i) => stays[at]!.slice(0, hour + 1).map((row) => row[i]!).filter((v) => !Number.isNaN(v)).at(-1) ?? plain.initial[i]!);
        return [...held, ...stays[at]![hour]!.map((v) => (Number.isNaN(v) ? 0 : 1)), at];
      }).slice(-steps);
      expect([...got]).toEqual([...rows, ...Array<number[]>(steps - rows.length).fill(PAD)].flat());
    }),
  );
});

test('sources are told apart by their windows, steps, grids and encoder', () => {
  const windows = { stays: Uint32Array.of(0), ends: Uint32Array.of(2) };
  const ids = [
    windowSource(grids, windows, plain, 2),
    windowSource(grids, windows, plain, 3),
    windowSource(grids, { ...windows, ends: Uint32Array.of(3) }, plain, 2),
    windowSource({ ...grids, id: 'h' }, windows, plain, 2),
    windowSource(grids, windows, { ...plain, id: 'other' }, 2),
  ].map(({ id }) => id);
  expect(new Set(ids).size).toBe(5);
});

test('a source is small whatever it stands for', () => {
  const { length, type } = windowSource(grids, { stays: new Uint32Array(100_000), ends: new Uint32Array(100_000).fill(3) }, plain, 1000);
  expect([type, length]).toEqual(['float32', 100_000 * 1000 * 5]);
});

test('windows that are not there are errors', async () => {
  for (const [stay, end] of [[0, 4], [0, 0], [2, 1]]) expectError(() => windowSource(grids, { stays: Uint32Array.of(stay!), ends: Uint32Array.of(end!) }, plain, 2), ShapeError, `window 0 ends after ${end} hours, stay ${stay}`);
  expectError(() => joinGrids([new Float32Array(3)], 2), ShapeError, 'grid 0 has 3 values');
  const source = windowSource(grids, { stays: Uint32Array.of(0), ends: Uint32Array.of(1) }, plain, 2);
  await expectRejection(source.read(Uint32Array.of(0), new Float32Array(9)), ShapeError, '10 values', 'of 9');
});
