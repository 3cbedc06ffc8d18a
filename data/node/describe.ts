/** Which data sets are there, and where. Nothing is read but the names of files. */
import { DATASETS, datasetInfo, type DatasetInfo, type TaskInfo } from '../registry.ts';
import { dataFolders } from './data-folders.ts';
import { findSet } from './loaders.ts';
import type { FoundSet, SetLoader } from './set.ts';

export interface LocateOptions {
  /** As for `loadDataset`. */
  readonly directory?: string;
  /** As for `loadDataset`. */
  readonly loaders?: readonly SetLoader[];
}

export interface DatasetLocation {
  /** Whether every task's samples were found. */
  readonly present: boolean;
  /** The folders of the samples, joined as in PATH (`:`, on Windows `;`); null when not all are present. */
  readonly path: string | null;
}

/** One row of `lazygrad datasets`. */
export interface DatasetDescription extends DatasetLocation {
  readonly name: string;
  readonly tasks: readonly Pick<TaskInfo, 'name' | 'kind' | 'classes'>[];
  readonly size: string;
  readonly licence: string;
  readonly source: string;
  readonly access: DatasetInfo['access'];
}

/**
 * Where `loadDataset` would read a data set from.
 * @throws {ConfigError} an unknown name
 * @throws {DataError} `directory` is given and is no folder
 */
export function locateDataset(name: string, options: LocateOptions = {}): DatasetLocation {
  return locationOf(find(datasetInfo(name), options));
}

/**
 * Every data set of the registry, present or not.
 * @throws {DataError} `directory` is given and is no folder
 */
export function describeDatasets(options: LocateOptions = {}): DatasetDescription[] {
  return DATASETS.map((info) => {
    const found = find(info, options);
    return {
      name: info.name,
      tasks: (found?.tasks ?? info.tasks).map(({ name, kind, classes }) => ({ name, kind, classes })),
      ...locationOf(found),
      size: info.size,
      licence: info.licence,
      source: info.source,
      access: info.access,
      ...found?.about,
    };
  });
}

const find = ({ name }: DatasetInfo, { directory, loaders }: LocateOptions): FoundSet | null => findSet(name, dataFolders(directory), loaders);
const locationOf = (found: FoundSet | null): DatasetLocation => (found ? { present: true, path: found.path } : { present: false, path: null });
