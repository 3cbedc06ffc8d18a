/** Optimizers over a parameter arena, such as `APO`, under the checks of this package. */
import { Generator, ParameterArena, tensor } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import { masksOf } from './masked-optimizer.ts';
import type { MaskedOptimizer } from './masked-optimizer.ts';
import type { Script } from './scripts.ts';

/** An arena of the script's tensors, called `p0`, `p1`, ..., with its initial values. */
export function scriptArena(device: Device, { lengths, initial }: Script): ParameterArena {
  const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b, 0));
  const specs = lengths.map((length, i) => ({ name: `p${i}`, shape: [length], init: () => tensor(device, initial.slice((ends[i] ?? 0) - length, ends[i])) }));
  return new ParameterArena(device, specs, new Generator(0));
}

/** What an optimizer over an arena must offer: `APO` does. */
export interface OwningOptimizer {
  readonly arena: ParameterArena;
  readonly tasks: readonly string[];
  step(task: string): void;
  endEpoch(): void;
  /** 0 nobody, t + 1 the task at position t, for the elements of the tensor of that name. */
  owners(name: string): Promise<Uint32Array>;
}

/** The optimizer as the checks take it. Tensors of one element are exempt, as they are in APO. */
export function maskedOptimizer(optimizer: OwningOptimizer): MaskedOptimizer {
  const { arena, tasks } = optimizer;
  const { device, segments } = arena;
  return {
    tasks,
    exempt: segments.flatMap(({ length }) => new Array<boolean>(length).fill(length === 1)),
    async step(task, gradient) {
      const all = new Float32Array(arena.capacity);
      let start = 0;
      for (const { offset, length } of segments) all.set(gradient.subarray(start, start += length), offset);
      arena.gradients.write(all);
      optimizer.step(task);
      await device.finish();
      return undefined;
    },
    endEpoch: () => optimizer.endEpoch(),
    async parameters() {
      const all = await arena.values.read();
      return Float32Array.from(segments.flatMap(({ offset, length }) => [...all.subarray(offset, offset + length)]));
    },
    async masks() {
      const owners: number[] = [];
      for (const { name } of segments) owners.push(...await optimizer.owners(name));
      return masksOf(owners, tasks);
    },
  };
}
