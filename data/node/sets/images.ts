/**
 * The paper's image tasks, all as 3 x 32 x 32, so that one trunk takes them as they are. That is the size of CIFAR-10 and SVHN; STL-10's 96 x 96 become means of
 * squares of nine, and the pictures of cells and of tissue are scaled by the decoder. (The paper does not say what it did.)
 *
 * Validation parts have the paper's sizes, as shares: a quarter of CIFAR-10's training part, a fifth of SVHN's and STL-10's, each class in proportion. These
 * three have test parts of their own. Malaria is divided 60 : 20 : 20 by patient, colorectal histology 56 : 20 : 24, each class in proportion.
 */
import { delimiter, join } from 'node:path';
import { datasetInfo } from '../../registry.ts';
import type { Task } from '../../task.ts';
import { plainOrGzip } from '../files.ts';
import { IMAGE_ORIGINS, type ImageOrigin } from '../images/image-origins.ts';
import type { SetLoader } from '../set.ts';

const NAME = 'images';

/** Each folder lies in `DIR/images/` or in `DIR/`; the set is there when all five are. */
export const images: SetLoader = {
  name: NAME,
  wanted: `put the folders ${IMAGE_ORIGINS.map(({ task, folders: [folder], holds }) => `${folder} (${task}: ${holds.join(', ')})`).join('; ')} into DIR/${NAME}`,
  find(folders) {
    const bases = folders.flatMap((folder) => [join(folder, NAME), folder]);
    const found = datasetInfo(NAME).tasks.map((task) => {
      const origin = IMAGE_ORIGINS.find((each) => each.task === task.name);
      const path = origin && bases.flatMap((base) => origin.folders.map((folder) => join(base, folder))).find((folder) => isComplete(folder, origin));
      return origin && path !== undefined ? { task, origin, path } : null;
    });
    if (!found.every((each) => each !== null)) return null;
    return {
      path: found.map(({ path }) => path).join(delimiter),
      async load(options) {
        const tasks: Task[] = [];
        for (const { task, origin, path } of found) tasks.push({ ...task, ...await origin.load(path, options) });
        return tasks;
      },
    };
  },
};

function isComplete(folder: string, { holds }: ImageOrigin): boolean {
  return holds.every((name) => plainOrGzip(join(folder, name)) !== null);
}
