/** A trunk that every task has for itself: what single-task learning trains. */
import { Generator } from '../engine/index.ts';
import type { ParameterSpec } from '../engine/index.ts';
import type { Layer } from './layers/layer.ts';
import type { Trunk } from './multi-task-model.ts';

/** The same trunk, its parameters starting, wherever it stands and however often, from the values that they have as the shared trunk of a model of this seed. */
export function startingAlike(trunk: Trunk, seed: number): Trunk {
  const generator = new Generator(seed);
  let first = true;
  // One generator draws for all parameters of a trunk in their order, and starts anew with the first.
  const alike = ({ init, ...spec }: ParameterSpec): ParameterSpec => {
    const starts = first;
    first = false;
    return {
      ...spec,
      init(device, shape) {
        if (starts) generator.state = 0;
        return init(device, shape, generator);
      },
    };
  };
  return { ...trunk, layers: trunk.layers.map((layer): Layer => ({ ...layer, specs: layer.specs.map(alike) })) };
}

/**
 * The same trunk, its parameters each task's own, beside its head's, and nothing shared. All tasks start from the same values: those that the shared
 * trunk of a model of this seed has. So what a task learns does not depend on which others there are.
 * @example new MultiTaskModel(device, unshared(mlp({ inputs: 64 }), seed), tasks, seed)
 */
export function unshared(trunk: Trunk, seed: number): Trunk {
  const { layers, forward, ...rest } = startingAlike(trunk, seed);
  return {
    ...rest,
    layers: layers.map((layer): Layer => ({ ...layer, specs: [], ownSpecs: [...layer.specs, ...layer.ownSpecs ?? []] })),
    forward: (x, _shared, mode) => forward(x, mode.own, mode),
    ...(rest.stages && { stages: rest.stages.map((stage): typeof stage => (x, _shared, mode) => stage(x, mode.own, mode)) }),
  };
}
