/** Parameters as a view that no gradient reaches: a frozen trunk, or a part of what a task has for itself. */
import type { Parameters } from '../models/index.ts';

/** @param which of them, by name; default all */
export function frozen(parameters: Parameters, which: (name: string) => boolean = () => true): Parameters {
  return { get: (name) => which(name) ? parameters.get(name).detach() : parameters.get(name) };
}
