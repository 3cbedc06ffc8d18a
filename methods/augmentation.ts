/** How the images that a task is trained on are varied. Validation and test see them as they are. */
import type { Task } from '../data/index.ts';
import { streamKey } from '../data/index.ts';
import { ConfigError, Generator, randomCrop } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';

export interface Augmentation {
  /** Pixels by which an image is moved at most in each direction, with black coming in. Default 0. */
  readonly padding?: number;
  /** Whether one image in two is mirrored, left to right: not for digits. Default false. */
  readonly flip?: boolean;
}

/** By task; the images of others stay as they are. */
export type Augmentations = Readonly<Record<string, Augmentation>>;

/** Varies batches. What befalls one depends on the seed and on how many came before it alone, so a run that goes on needs nothing but their number. */
export class Augmenter {
  readonly #augmentations: ReadonlyMap<string, Augmentation>;
  readonly #generator: Generator;

  /** @throws ConfigError for a task that is not there, or whose inputs are no images `[channels, height, width]`, or an option out of range */
  constructor(augmentations: Augmentations, tasks: readonly Task[], seed: number) {
    this.#augmentations = new Map(Object.entries(augmentations));
    this.#generator = new Generator(streamKey(seed, 'augmentation'));
    for (const [name, { padding = 0 }] of this.#augmentations) {
      const task = tasks.find((each) => each.name === name);
      if (!task) throw new ConfigError(`augmentation: there is no task ${name}; there are ${tasks.map((each) => each.name).join(', ')}`);
      if (task.inputShape.length !== 3) throw new ConfigError(`augmentation: task ${name}: expected images [channels, height, width], got inputs [${task.inputShape.join(', ')}]`);
      if (!(Number.isInteger(padding) && padding >= 0 && padding <= 2 ** 15)) throw new ConfigError(`augmentation: task ${name}: padding: expected a whole number from 0 to ${2 ** 15}, got ${padding}`);
    }
  }

  /** Before each step, eager or replayed. @param batches that came before */
  begin(batches: number): void {
    this.#generator.state = batches;
  }

  /** What the step sees of a batch: the inputs themselves for tasks that are not varied. */
  varied(task: string, inputs: Tensor): Tensor {
    const augmentation = this.#augmentations.get(task);
    return augmentation ? randomCrop(inputs, { ...augmentation, generator: this.#generator }) : inputs;
  }
}
