import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { ConfigError, DTypeError, Generator, ShapeError, permute, randomCrop, tensor } from '../../engine/index.ts';
import { philox4x32 } from '../reference/philox.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

type Images = readonly [n: number, c: number, h: number, w: number];

/** Pads, crops and mirrors, as torchvision's transforms do one after the other. */
function reference(x: ArrayLike<number>, [n, c, h, w]: Images, { padding, flip, seed, stream }: { padding: number; flip: boolean; seed: number; stream: number }): number[] {
  const out: number[] = [];
  for (let i = 0; i < n; i++) {
    const [a, b, mirror] = philox4x32([i, 0, stream, 0], [seed, 0]);
    const [top, left] = [a % (2 * padding + 1), b % (2 * padding + 1)];
    for (let k = 0; k < c; k++) {
      const plane = Array.from({ length: h }, (_, row) => Array.from({ length: w }, (__, column) => x[((i * c + k) * h + row) * w + column]!));
      const blank = (): number[] => Array<number>(w + 2 * padding).fill(0);
      const wide = plane.map((row) => [...Array<number>(padding).fill(0), ...row, ...Array<number>(padding).fill(0)]);
      const padded = [...Array.from({ length: padding }, blank), ...wide, ...Array.from({ length: padding }, blank)];
      for (const row of padded.slice(top, top + h)) {
        const cropped = row.slice(left, left + w);
        out.push(...(flip && mirror >= 2 ** 31 ? cropped.reverse() : cropped));
      }
    }
  }
  return out;
}

const numbered = (shape: Images): Float32Array => Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i + 1);
const images = (shape: Images): Tensor => tensor(device, numbered(shape), shape);

describe('randomCrop', () => {
  test('is what padding, cropping and mirroring give, with each image\'s own words', async () => {
    const size = fc.integer({ min: 1, max: 7 });
    await fc.assert(
      fc.asyncProperty(fc.tuple(size, size, size, size), fc.nat(9), fc.boolean(), fc.nat(1000), fc.nat(1000), async (shape, padding, flip, seed, stream) => {
        using _scope = device.scope();
        const found = await randomCrop(images(shape), { padding, flip, generator: new Generator(seed, stream) }).read();
        expect([...found]).toEqual(reference(numbered(shape), shape, { padding, flip, seed, stream }));
      }),
      { numRuns: 60 },
    );
  });

  test('without padding and mirroring it is the images themselves, whatever their layout', async () => {
    using _scope = device.scope();
    const x = permute(images([2, 3, 5, 4]), [0, 1, 3, 2]);
    expect([...(await randomCrop(x, { generator: new Generator(1) }).read())]).toEqual([...(await x.read())]);
    expect(randomCrop(tensor(device, [], [0, 3, 4, 4]), { generator: new Generator(1), padding: 2 }).shape).toEqual([0, 3, 4, 4]);
  });

  test('NaN and infinity move like others', async () => {
    using _scope = device.scope();
    const values = [NaN, Infinity, -Infinity, 1];
    const found = await randomCrop(tensor(device, values, [1, 1, 2, 2]), { flip: true, generator: new Generator(3) }).read();
    expect(found.filter(Number.isNaN).length).toBe(1);
    expect([...found].filter((v) => !Number.isNaN(v)).sort()).toEqual([-Infinity, 1, Infinity]);
  });

  test('places and mirrorings come as often as the others', async () => {
    using _scope = device.scope();
    const count = 9000;
    const x = tensor(device, Float32Array.from({ length: count * 9 }, (_, i) => (i % 9) + 1), [count, 1, 3, 3]);
    const found = await randomCrop(x, { padding: 1, flip: true, generator: new Generator(5) }).read();
    // The middle shows where the image went.
    const middles = new Map<number, number>();
    for (let i = 0; i < count; i++) middles.set(found[9 * i + 4]!, (middles.get(found[9 * i + 4]!) ?? 0) + 1);
    expect(middles.size).toBe(9);
    // Five standard deviations of the binomial distribution; the seed is fixed.
    for (const times of middles.values()) expect(Math.abs(times - count / 9)).toBeLessThan(5 * Math.sqrt((count / 9) * (8 / 9)));
    let mirrored = 0;
    for (let i = 0; i < count; i++) if (found[9 * i + 4] === 5 && found[9 * i + 3] === 6) mirrored++;
    expect(Math.abs(mirrored / middles.get(5)! - 0.5)).toBeLessThan(0.1);
  });

  test('a captured step draws at every replay what the eager step would', async () => {
    const shape: Images = [3, 2, 5, 5];
    const x = images(shape);
    const [eager, captured] = [new Generator(9), new Generator(9)];
    const expected: Float32Array[] = [];
    {
      using _scope = device.scope();
      for (let step = 0; step < 3; step++) expected.push(Float32Array.from(await randomCrop(x, { padding: 2, flip: true, generator: eager }).read()));
    }
    let out: Tensor | undefined;
    const step = device.capture(() => {
      out = randomCrop(x, { padding: 2, flip: true, generator: captured }).keep();
    });
    for (const values of expected) {
      step.replay();
      expect(Float32Array.from(await out!.read())).toEqual(values);
    }
    expect(expected[0]).not.toEqual(expected[1]);
    step.dispose();
  });

  test('refuses what it cannot move', () => {
    using _scope = device.scope();
    const generator = new Generator(1);
    expectError(() => randomCrop(tensor(device, [1, 2], [1, 2]), { generator }), ShapeError, 'randomCrop', '[1, 2]');
    expectError(() => randomCrop(tensor(device, Int32Array.of(1), [1, 1, 1, 1]), { generator }), DTypeError, 'float32');
    for (const padding of [-1, 0.5, 2 ** 16]) expectError(() => randomCrop(images([1, 1, 2, 2]), { generator, padding }), ConfigError, 'padding', String(padding));
  });
});
