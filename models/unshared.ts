/** A trunk that every task has for itself: what single-task learning trains. */
import { Generator } from '../engine/index.ts';
import type { ParameterSpec } from '../engine/index.ts';
import type { Layer } from './layers/layer.ts';
import type { Trunk } from './multi-task-model.ts';

/**
 * The same trunk, its parameters each task's own, beside its head's, and nothing shared. All tasks start from the same values: those that the shared
 * trunk of a model of this seed has. So what a task learns does not depend on which others there are.
 * @example new MultiTaskModel(device, unshared(mlp({ inputs: 64 }), seed), tasks, seed)
 */
export function unshared(trunk: Trunk, seed: number): Trunk {
  const generator = new Generator(seed);
  let first = true;
  // One generator draws for all parameters of a trunk in their order, and starts anew with each task.
  const own = ({ init, ...spec }: ParameterSpec): ParameterSpec => {
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
  const layers = trunk.layers.map((layer): Layer => ({ ...layer, specs: [], ownSpecs: [...layer.specs.map(own), ...layer.ownSpecs ?? []] }));
  return { ...trunk, layers, forward: (x, _shared, mode) => trunk.forward(x, mode.own, mode) };
}
