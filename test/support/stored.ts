/** The files that `test/fixtures/arrays.py` wrote, and the values that NumPy says they hold. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { StoredTensor } from '../../engine/index.ts';

const folder = join(import.meta.dirname, '../fixtures/arrays');

export function arrayFile(name: string): Uint8Array {
  return readFileSync(join(folder, name));
}

interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | 'inf' | '-inf' | 'nan')[];
}
const EXPECTED = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Readonly<Record<string, Expected>>;
const SPECIAL = { 'inf': Infinity, '-inf': -Infinity, 'nan': NaN };

/** Asserts that an array is the one of that name, bit for bit. */
export function expectStored(found: StoredTensor | undefined, name: string): void {
  const { dtype, shape, values } = EXPECTED[name]!;
  expect({ ...found, data: [...found!.data] }, name).toEqual({ dtype, shape, data: values.map((value) => typeof value === 'number' ? value : SPECIAL[value]) });
}

/** Changes of a file: one byte replaced, then cut off. */
export interface Damage {
  readonly at: number;
  readonly byte: number;
  readonly length: number;
}

export function damaged(good: Uint8Array, { at, byte, length }: Damage): Uint8Array {
  const bytes = Uint8Array.from(good);
  if (at < bytes.length) bytes[at] = byte;
  return bytes.subarray(0, length);
}
