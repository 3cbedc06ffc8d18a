import { APO } from 'lazygrad/apo';
import type { APOOptions } from 'lazygrad/apo';
import { Generator, ParameterArena, tensor } from '../../engine/index.ts';
import type { Device } from '../../engine/index.ts';
import { move } from '../../engine/ops/strided.ts';

/** An arena of given tensors, with an APO and ways to step it with given gradients and to look at it. */
export class Bench {
  readonly arena: ParameterArena;
  readonly apo: APO;
  readonly #device: Device;
  readonly #shapes: readonly (readonly number[])[];

  constructor(device: Device, values: readonly (readonly number[])[], tasks: readonly string[], options: APOOptions) {
    this.#device = device;
    this.#shapes = values.map((v) => [v.length]);
    this.arena = new ParameterArena(device, values.map((v, i) => ({ name: `p${i}`, shape: [v.length], init: () => tensor(device, [...v]) })), new Generator(0));
    this.apo = new APO(this.arena, tasks, options);
  }

  step(task: string, gradients: readonly (readonly number[])[]): void {
    using _scope = this.#device.scope();
    gradients.forEach((g, i) => {
      const grad = this.arena.get(`p${i}`).grad;
      if (grad) move(tensor(this.#device, [...g]), grad);
    });
    this.apo.step(task);
    this.#device.submit();
  }

  async theta(): Promise<number[]> {
    const state = await this.arena.stateDict();
    return this.#shapes.flatMap((_, i) => [...(state.get(`p${i}`)?.data ?? [])]);
  }

  async owners(): Promise<number[]> {
    const all = await Promise.all(this.#shapes.map((_, i) => this.apo.owners(`p${i}`)));
    return all.flatMap((part) => [...part]);
  }
}

/** Bits of float32 values: equal numbers of different sign or payload differ here. */
export function bits(values: readonly number[]): number[] {
  return [...new Uint32Array(Float32Array.from(values).buffer)];
}
