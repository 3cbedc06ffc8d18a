/** The loader of each data set in the registry. */
import { ConfigError } from '../../engine/errors.ts';
import { DATASETS } from '../registry.ts';
import type { SetLoader } from './set.ts';
import { greyImages } from './sets/grey-images.ts';

export const LOADERS: readonly SetLoader[] = [
  greyImages('mnist-pair'),
  greyImages('mnist-trio'),
];

/** @throws {ConfigError} no data set has that name */
export function loaderOf(name: string): SetLoader {
  const loader = LOADERS.find((each) => each.name === name);
  if (!loader) throw new ConfigError(`unknown data set '${name}': expected one of ${DATASETS.map((entry) => entry.name).join(', ')}`);
  return loader;
}
