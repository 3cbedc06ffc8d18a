import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTask } from '../../../data/check-task.ts';
import { DataError } from '../../../engine/index.ts';
import { unpackDeltaImages } from '../../../experiments/packings/delta-images.ts';
import { greyToColour } from '../../../experiments/packings/grey-to-colour.ts';
import { parseJpk } from '../../../experiments/packings/jpk.ts';
import { packedImages } from '../../../experiments/packings/node/images.ts';
import { expectError } from '../../support/errors.ts';
import { arrayOf } from '../../support/inputs.ts';
import { describeDatasets } from '../../../data/node/describe.ts';
import { DATA as directory } from '../../support/real-data.ts';

describe('unpackDeltaImages', () => {
  test('undoes the packing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.infiniteStream(fc.nat(255)), (height, width, planes, values) => {
        const pixels = Uint8Array.from({ length: planes * height * width }, () => values.next().value as number);
        const packed = pixels.map((value, at) => {
          const [row, column] = [Math.floor(at / width) % height, at % width];
          return value - (column > 0 ? pixels[at - 1]! : row > 0 ? pixels[at - width]! : 0);
        });
        expect(unpackDeltaImages(packed, height, width, 'x')).toEqual(pixels);
      }),
    );
  });

  test('refuses what is not whole planes', () => {
    for (const length of [0, 5]) expectError(() => unpackDeltaImages(new Uint8Array(length), 2, 2, 'a.bin'), DataError, `a.bin: expected planes of 2 x 2 bytes, got ${length} bytes`);
  });
});

test('greyToColour puts each image in the middle, three times', () => {
  const one = [0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0];
  const two = one.map((value) => (value === 0 ? 0 : value + 4));
  expect([...greyToColour(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 2, 4)]).toEqual([...one, ...one, ...one, ...two, ...two, ...two]);
});

describe('parseJpk', () => {
  const file = Uint8Array.from([74, 80, 75, 49, 2, 0, 0, 0, 7, 3, 0, 0, 9, 1, 0, 0, 10, 11, 12, 20]);
  test('labels and pictures', () => {
    expect(parseJpk(file, 'x')).toEqual([{ label: 7, bytes: Uint8Array.of(10, 11, 12) }, { label: 9, bytes: Uint8Array.of(20) }]);
  });

  test.each([
    ['another file', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 'byte 0: expected JPK1'],
    ['a cut header', file.subarray(0, 6), 'truncated at byte 6: expected a header of 8 bytes'],
    ['a cut table', file.subarray(0, 15), 'truncated at byte 15: expected a table of 2 pictures'],
    ['a cut picture', file.subarray(0, 19), 'expected 20 bytes by its table, got 19'],
    ['bytes too many', Uint8Array.from([...file, 0]), 'expected 20 bytes by its table, got 21'],
    ['four billion pictures', Uint8Array.from([...file.subarray(0, 4), 255, 255, 255, 255, 0]), 'truncated at byte 9: expected a table of 4294967295 pictures'],
  ])('refuses %s', (_, bytes, message) => expectError(() => parseJpk(bytes, 'a.jpk'), DataError, `a.jpk: ${message}`));
});


describe('packed images', () => {
  test.skipIf(!existsSync(join(directory, 'cifar10/cifar10_train10k.jpk.gz')))('cifar10, gtsrb, bccd, malaria and pneumoniamnist are five tasks', async () => {
    const tasks = (await packedImages.find([directory])!.load({ seed: 1 })).map(checkTask);
    expect(tasks.map(({ name }) => name)).toEqual(['cifar10', 'gtsrb', 'bccd', 'malaria', 'pneumoniamnist']);
    const row = describeDatasets({ directory, loaders: [packedImages] }).find(({ name }) => name === 'images');
    expect(row?.size).toMatch(/^12,000, /);
    expect(row?.licence).toContain('GTSRB');
    expect(row?.source).not.toContain('svhn');
    expect(row?.tasks).toEqual(tasks.map(({ name, kind, classes }) => ({ name, kind, classes })));
    const sizes = tasks.map(({ train, validation, test: held }) => [train.length, validation.length, held.length]);
    expect(sizes.map((parts) => parts.reduce((a, b) => a + b))).toEqual([12_000, 4000, 1780, 10_000, 5856]);
    expect([sizes[0], sizes[2], sizes[4]]).toEqual([[7500, 2500, 2000], [1014, 419, 347], [4708, 524, 624]]);
    expect(sizes[1]).toEqual([2400, 600, 1000]);
    for (const size of sizes[3]!.slice(1)) expect(Math.abs(size - 2000)).toBeLessThan(60);
    for (const { train, name } of tasks) {
      // Neighbours in a picture are alike; of noise this would be 85.
      const values = arrayOf(train);
      let difference = 0;
      for (let at = 0; at < 100 * 3072; at++) if (at % 32 > 0) difference += Math.abs(values[at]! - values[at - 1]!);
      expect(difference / (100 * 96 * 31), name).toBeLessThan(20);
    }
  }, 30_000);
});
