import { APO } from 'lazygrad/apo';
import type { APOOptions } from 'lazygrad/apo';
import { Generator, ParameterArena, tensor } from '../../engine/index.ts';
import type { Device } from '../../engine/index.ts';

/** An arena of given tensors, with an APO and ways to step it with given gradients and to look at it. Vectors leave out the arena's gaps. */
export class Bench {
  readonly arena: ParameterArena;
  readonly apo: APO;
  readonly #device: Device;

  constructor(device: Device, values: readonly (readonly number[])[], tasks: readonly string[], options: APOOptions, name: (i: number) => string = (i) => `p${i}`) {
    this.#device = device;
    this.arena = new ParameterArena(device, values.map((v, i) => ({ name: name(i), shape: [v.length], init: () => tensor(device, [...v]) })), new Generator(0));
    this.apo = new APO(this.arena, tasks, options);
  }

  /** Sets the gradients, by tensor. */
  setGradients(gradients: readonly (readonly number[])[]): void {
    const all = new Float32Array(this.arena.capacity);
    this.arena.segments.forEach(({ offset }, i) => all.set(gradients[i]!, offset));
    this.arena.gradients.write(all);
  }

  step(task: string, gradients: readonly (readonly number[])[]): void {
    this.setGradients(gradients);
    this.apo.step(task);
    this.#device.submit();
  }

  #packed(all: Float32Array | Uint32Array): number[] {
    return this.arena.segments.flatMap(({ offset, length }) => [...all.subarray(offset, offset + length)]);
  }

  async theta(): Promise<number[]> {
    return this.#packed(await this.arena.values.read() as Float32Array);
  }

  async owners(): Promise<number[]> {
    return this.#packed(await this.apo.ownerVector());
  }

  async sensitivity(task: string): Promise<number[]> {
    return this.#packed(await this.apo.sensitivity(task));
  }
}

/** Bits of float32 values: equal numbers of different sign or payload differ here. */
export function bits(values: readonly number[]): number[] {
  return [...new Uint32Array(Float32Array.from(values).buffer)];
}

/** What must not change when a step is refused, or be equal after a state is loaded: everything, bit by bit. */
export async function wholeState({ arena, apo }: Bench): Promise<Record<string, number[]>> {
  const state = Object.fromEntries([...await apo.stateDict()].map(([name, data]) => [name, [...new Uint32Array(data.buffer, data.byteOffset, data.length)]]));
  return { ...state, theta: bits([...await arena.values.read()]) };
}
