/** The folders that data sets are looked for in. */
import { statSync } from 'node:fs';
import { DataError } from '../../engine/errors.ts';

/**
 * `directory`, then `$LAZYGRAD_DATA`, as far as they are given.
 * @throws {DataError} `directory` is given and is no folder
 */
export function dataFolders(directory: string | undefined): readonly string[] {
  if (directory !== undefined && !isFolder(directory)) throw new DataError(`${directory}: expected a folder with data sets, found none`);
  return [directory ?? '', process.env.LAZYGRAD_DATA ?? ''].filter((folder) => folder !== '');
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
