/** A shared network to which each task adds differences of its own, in those layers whose gate is open for it. */
import { ConfigError, add, custom, ge, mul, slice, tensor, where } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { Parametrization, Trunk } from '../models/index.ts';
import { allZeros } from '../models/index.ts';
import { layerOf } from './parameter-names.ts';

/** What the names of all begin with that a task has for it. */
export const GATED = 'taps.';
export const GATES = 'taps.gates';
const START = 0.15;
export const deltaOf = (name: string): string => `${GATED}delta.${name}`;

/** 1 where a gate is at its threshold or above, else 0; the gradient goes straight through. */
export function opened(gates: Tensor, threshold: number): Tensor {
  return custom('opened', [gates], (s) => where(ge(s, threshold), 1, 0), (g) => [g]);
}

/**
 * `w + I(s >= threshold) delta` with a gate s, from 0.15, for all parameters of a layer, and delta from 0. What only scales and shifts values, as
 * layers of normalisation do, needs no gate: there every task has its own.
 * @throws ConfigError for a trunk without any layer to gate
 */
export function gatedDeltas({ name: trunk, layers }: Trunk, threshold: number): Parametrization {
  const parameters = layers.flatMap(({ specs }) => specs);
  const gated = [...new Set(parameters.filter(({ shape }) => shape.length > 1).map(({ name }) => layerOf(name)))];
  if (gated.length === 0) throw new ConfigError(`method taps: the layers of ${trunk} have no weights`);
  return {
    specs: [],
    ownSpecs: [
      { name: GATES, shape: [gated.length], init: (device, shape) => tensor(device, new Float32Array(gated.length).fill(START), shape) },
      ...parameters.map(({ name, shape }) => ({ name: deltaOf(name), shape, init: allZeros })),
    ],
    view(shared, own) {
      const open = opened(own.get(GATES), threshold);
      return {
        get(name) {
          const delta = own.get(deltaOf(name));
          const at = gated.indexOf(layerOf(name));
          return add(shared.get(name), at < 0 ? delta : mul(slice(open, [{ start: at, end: at + 1 }]), delta));
        },
      };
    },
  };
}
