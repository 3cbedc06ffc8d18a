/** A trunk under other names, so that several of one architecture stand in one model. */
import type { ParameterSpec } from '../engine/index.ts';
import type { Layer, Mode, Parameters } from './layers/layer.ts';
import type { Stage, Trunk } from './multi-task-model.ts';

/** The same trunk; what its layers keep, draw names for and let be observed is called `prefix` and what it was called before. */
export function prefixed(trunk: Trunk, prefix: string): Trunk {
  const named = <T extends { readonly name: string }>(specs: readonly T[] = []): T[] => specs.map((spec) => ({ ...spec, name: prefix + spec.name }));
  const inner = (parameters: Parameters): Parameters => ({ get: (name) => parameters.get(prefix + name) });
  const within = (mode: Mode): Mode => ({
    ...mode,
    own: inner(mode.own),
    statistics: (name) => mode.statistics(prefix + name),
    observe: mode.observe && ((name, value) => mode.observe?.(prefix + name, value)),
  });
  const stage = (forward: Stage): Stage => (x, parameters, mode) => forward(x, inner(parameters), within(mode));
  return {
    ...trunk,
    layers: trunk.layers.map((layer): Layer => ({
      ...layer, specs: named<ParameterSpec>(layer.specs), ownSpecs: named<ParameterSpec>(layer.ownSpecs), statistics: named(layer.statistics), forward: stage((x, p, mode) => layer.forward(x, p, mode)),
    })),
    forward: stage((x, p, mode) => trunk.forward(x, p, mode)),
    ...(trunk.stages && { stages: trunk.stages.map(stage) }),
  };
}
