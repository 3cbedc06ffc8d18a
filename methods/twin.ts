/** Arenas beside a model's: copies that are trained apart, and anchors. */
import { Generator, ParameterArena, assign, copy, zeros } from '../engine/index.ts';

/** An arena of the same parameters, with the values that they have now and gradients of its own. It serves as a view in the model's place. */
export function twinOf(arena: ParameterArena): ParameterArena {
  const twin = new ParameterArena(arena.device, arena.segments.map(({ name, shape }) => ({ name, shape, init: (device) => zeros(device, shape) })), new Generator(0));
  assignValues(twin, arena);
  return twin;
}

/** Puts the values of one arena into another of the same parameters. */
export function assignValues(to: ParameterArena, from: ParameterArena): void {
  assign(to.values, copy(from.values));
}
