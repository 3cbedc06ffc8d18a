/** Hyper-parameters that count something. */
import { ConfigError } from '../engine/index.ts';
import type { HyperparameterValues } from './method.ts';

/** @throws ConfigError unless the value is a whole number */
export function wholeNumber(values: HyperparameterValues, name: string): number {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value)) throw new ConfigError(`option ${name}: expected a whole number, got ${values[name] ?? 'nothing'}`);
  return value;
}
