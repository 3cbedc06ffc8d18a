/** What tells one split from another: a run records it, so that two runs can be seen to have been trained and tested on the same samples. */
import { createHash } from 'node:crypto';
import { isSource } from '../input-source.ts';
import type { Dataset, Split, Task } from '../task.ts';

const PARTS = ['train', 'validation', 'test'] as const;

export type Fingerprint = Readonly<Record<(typeof PARTS)[number], string>>;

/** SHA-256 of inputs and targets in their order, in hexadecimal; of inputs that are read on demand, of their `id`. */
export function splitHash({ inputs, targets }: Split): string {
  const hash = createHash('sha256');
  hash.update(isSource(inputs) ? inputs.id : bytesOf(inputs));
  return hash.update(bytesOf(targets)).digest('hex');
}

/** By task. */
export function fingerprints({ tasks }: Dataset): Readonly<Record<string, Fingerprint>> {
  return Object.fromEntries(tasks.map((task: Task) => [task.name, Object.fromEntries(PARTS.map((part) => [part, splitHash(task[part])])) as Record<(typeof PARTS)[number], string>]));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);
