/** A case of one operation: its inputs are read before it runs, so that the reference knows them and nothing else. */
import { Generator, rand } from 'lazygrad';
import type { Device, HostArray, Tensor } from 'lazygrad';
import type { Case } from './case.ts';

type Tensors<K extends string> = Readonly<Record<K, Tensor>>;
type Values<K extends string> = Readonly<Record<K, HostArray>>;

export interface Op<I extends string, O extends string> extends Omit<Case, 'prepare'> {
  readonly inputs: (device: Device) => Tensors<I>;
  /** What happens once, a forward pass whose derivative is timed say; gives what is timed. */
  readonly start: (inputs: Tensors<I>) => () => Tensors<O>;
  /** Throws unless the outputs are what the inputs make. */
  readonly check: (inputs: Values<I>, outputs: Values<O>) => void;
}

async function valuesOf<K extends string>(tensors: Tensors<K>): Promise<Values<K>> {
  const found: Partial<Record<K, HostArray>> = {};
  for (const name of Object.keys(tensors) as K[]) found[name] = await tensors[name].read();
  return found as Values<K>;
}

export function opCase<I extends string, O extends string>({ inputs: make, start, check, ...rest }: Op<I, O>): Case {
  return {
    ...rest,
    async prepare(device, spoil) {
      const inputs = make(device);
      const known = await valuesOf(inputs);
      spoil?.(inputs);
      const once = start(inputs);
      return {
        run() {
          using _scope = device.scope();
          once();
          device.submit();
        },
        async check() {
          using _scope = device.scope();
          check(known, await valuesOf(once()));
        },
      };
    },
  };
}

/** Numbers from -1 to 1. */
export function uniform(device: Device, shape: readonly number[], seed: number): Tensor {
  return rand(device, shape, new Generator(seed), -1, 1);
}

/** Marks inputs as leaves and gives them. */
export function leaves(...tensors: readonly Tensor[]): readonly Tensor[] {
  for (const t of tensors) t.requiresGrad = true;
  return tensors;
}

/** A gradient that is there. */
export function present(gradient: Tensor | null | undefined): Tensor {
  if (!gradient) throw new Error('there is no gradient');
  return gradient;
}
