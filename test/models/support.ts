import type { Device, Tensor } from '../../engine/index.ts';
import { ConfigError, Generator, ParameterArena } from '../../engine/index.ts';
import { ModelStatistics } from 'lazygrad/models';
import type { Layer, Mode, Parameters } from 'lazygrad/models';
import type { NDArray } from '../reference/array.ts';
import { build } from '../reference/array.ts';
import { expectClose } from '../support/close.ts';

/** What layers need to run, for one task. */
export interface Bench {
  readonly arena: ParameterArena;
  readonly own: ParameterArena;
  readonly statistics: ModelStatistics;
  mode(training: boolean, observe?: Mode['observe']): Mode;
}

export function bench(device: Device, layers: readonly Layer[], seed = 1): Bench {
  const arena = new ParameterArena(device, layers.flatMap((layer) => layer.specs), new Generator(seed));
  const own = new ParameterArena(device, layers.flatMap((layer) => layer.ownSpecs ?? []), new Generator(seed, 1000));
  const statistics = new ModelStatistics(device, layers.flatMap((layer) => layer.statistics ?? []), ['task']);
  const generator = new Generator(seed, 2000);
  return { arena, own, statistics, mode: (training, observe) => ({ task: 'task', training, generator, own, statistics: (name) => statistics.of(name).of('task'), observe }) };
}

/** As the script beside the fixtures has it: multiples of 1/1024 from -1 to 1 in no order. */
export function numbers(shape: readonly number[], seed: number, scale = 1, offset = 0): NDArray {
  return build(shape, (_, i) => offset + scale * ((((i + seed) % 2003) ** 3 * 7919) % 2003 - 1001) / 1024);
}

/** Parameters out of a few tensors. */
export function fixed(tensors: Readonly<Record<string, Tensor>>): Parameters {
  return {
    get(name) {
      const found = tensors[name];
      if (!found) throw new ConfigError(`there is no ${name}`);
      return found;
    },
  };
}

/** Some elements at even distances, all of them weighted and summed, and the largest size. */
export interface Summary {
  readonly step: number;
  readonly values: readonly number[];
  readonly sum: number;
  readonly largest: number;
}

/** Relative to the largest element. */
export const TOLERANCE = 1e-4;

export function expectSummary(what: string, found: ArrayLike<number>, { step, values, sum, largest }: Summary): void {
  expectClose(values.map((_, i) => found[i * step]!), values, { atol: TOLERANCE * largest }, what);
  const weights = numbers([found.length], 9).data;
  expectClose([weights.reduce((total, weight, i) => total + weight * found[i]!, 0)], [sum], { atol: TOLERANCE * largest * Math.sqrt(found.length) }, `${what}, all of it`);
}
