import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { selectSource } from '../../../data/input-source.ts';
import type { InputSource } from '../../../data/input-source.ts';
import { fingerprints, splitHash } from '../../../data/node/fingerprint.ts';
import type { Split } from '../../../data/task.ts';

const split = (inputs: Split['inputs'], targets = [0, 1]): Split => ({ length: 2, inputs, targets: Int32Array.from(targets) });

test('is the SHA-256 of inputs and targets', () => {
  const hash = createHash('sha256').update(Uint8Array.of(1, 2, 3, 4)).update(Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0)).digest('hex');
  // A view into a larger array is what it shows.
  expect(splitHash(split(Uint8Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5)))).toBe(hash);
  for (const other of [split(Uint8Array.of(1, 2, 4, 3)), split(Uint8Array.of(1, 2, 3, 4), [1, 0])]) expect(splitHash(other)).not.toBe(hash);
});

test('of inputs that are read on demand, it is of what they are called', () => {
  const source: InputSource = { type: 'uint8', length: 4, id: 'a', read: () => Promise.resolve() };
  expect(splitHash(split(source))).toBe(splitHash(split({ ...source })));
  expect(splitHash(split({ ...source, id: 'b' }))).not.toBe(splitHash(split(source)));
  expect(splitHash(split(selectSource(source, Uint32Array.of(1, 0), 2)))).not.toBe(splitHash(split(selectSource(source, Uint32Array.of(0, 1), 2))));
});

test('is given for each task and part', () => {
  const [train, validation, test] = [1, 2, 3].map((value) => split(Uint8Array.of(value, 0, 0, 0)));
  const task = { name: 'a', kind: 'multiclass', classes: 2, inputShape: [2], train: train!, validation: validation!, test: test! } as const;
  expect(fingerprints({ name: 'd', tasks: [task] })).toEqual({ a: { train: splitHash(train!), validation: splitHash(validation!), test: splitHash(test!) } });
});
