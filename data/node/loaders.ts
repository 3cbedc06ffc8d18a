/** The loader of each data set in the registry. */
import { ConfigError } from '../../engine/errors.ts';
import { DATASETS } from '../registry.ts';
import type { FoundSet, SetLoader } from './set.ts';
import { cinc2017 } from './sets/cinc2017.ts';
import { codiesp } from './sets/codiesp.ts';
import { greyImages } from './sets/grey-images.ts';
import { images } from './sets/images.ts';
import { mimic3 } from './sets/mimic3.ts';
import { physionet2012 } from './sets/physionet2012.ts';
import { ptbxl } from './sets/ptbxl.ts';

export const LOADERS: readonly SetLoader[] = [
  greyImages('mnist-pair'),
  greyImages('mnist-trio'),
  codiesp,
  physionet2012,
  mimic3,
  ptbxl,
  cinc2017,
  images,
];

/** @throws {ConfigError} no data set has that name */
export function loaderOf(name: string): SetLoader {
  const loader = LOADERS.find((each) => each.name === name);
  if (!loader) throw new ConfigError(`unknown data set '${name}': expected one of ${DATASETS.map((entry) => entry.name).join(', ')}`);
  return loader;
}

/**
 * By the set's own loader, else by the first other one that finds it.
 * @throws {ConfigError} no data set has that name
 */
export function findSet(name: string, folders: readonly string[], others: readonly SetLoader[] = []): FoundSet | null {
  const [found] = [loaderOf(name), ...others.filter((other) => other.name === name)].flatMap((loader) => loader.find(folders) ?? []);
  return found ?? null;
}
