/** All methods, in the order in which they are listed. */
import { ConfigError } from '../engine/index.ts';
import { alternatingSGD } from './alternating-sgd.ts';
import { apo } from './apo.ts';
import type { Method } from './method.ts';

export const METHODS: readonly Method[] = [apo, alternatingSGD];

/** @throws ConfigError for an unknown name */
export function findMethod(name: string): Method {
  const method = METHODS.find((candidate) => candidate.name === name);
  if (!method) throw new ConfigError(`there is no method ${name}; there are: ${METHODS.map((m) => m.name).join(', ')}`);
  return method;
}
