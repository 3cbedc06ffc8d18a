import type { Dataset, Split, Task } from '../../data/index.ts';
import { random32 } from '../../data/index.ts';

const SIDE = 8;

/** A small image set: the class decides which quarter of the picture is bright, so that a network can learn it quickly. */
function split(length: number, key: number, inverted: boolean): Split {
  const inputs = new Uint8Array(length * SIDE * SIDE);
  const targets = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const target = random32(key, i) % 4;
    targets[i] = inverted ? 3 - target : target;
    for (let p = 0; p < SIDE * SIDE; p++) {
      const quarter = (p >= (SIDE * SIDE) / 2 ? 2 : 0) + (p % SIDE >= SIDE / 2 ? 1 : 0);
      inputs[i * SIDE * SIDE + p] = (quarter === target ? 160 : 40) + (random32(key + 1, i * SIDE * SIDE + p) % 80);
    }
  }
  return { length, inputs, targets };
}

export function toyTask(name: string, key: number, train = 50, inverted = false): Task {
  return { name, kind: 'multiclass', classes: 4, inputShape: [1, SIDE, SIDE], train: split(train, key, inverted), validation: split(24, key + 10, inverted), test: split(32, key + 20, inverted) };
}

export const toyDataset: Dataset = { name: 'quarters', tasks: [toyTask('plain', 100), toyTask('inverted', 200, 37, true)] };
