/** The architectures by name, for the command line and for anything else that chooses one at run time. */
import { ConfigError, sizeOf } from '../engine/index.ts';
import { mlp } from './mlp.ts';
import { multiTaskCNN } from './multi-task-cnn.ts';
import type { Trunk } from './multi-task-model.ts';

export interface ModelInfo {
  readonly name: string;
  readonly summary: string;
  /** What one input must be. */
  readonly input: string;
  readonly source: string;
  /** Builds the trunk for inputs of a shape. `width` scales its channels or layers, 1 being the source's. */
  readonly trunk: (inputShape: readonly number[], width: number) => Trunk;
}

const scaled = (channels: number, width: number): number => Math.max(4, Math.round((channels * width) / 4) * 4);

export const MODELS: readonly ModelInfo[] = [
  {
    name: 'multi-task-cnn',
    summary: 'two 3x3 convolutions with pooling, one fully connected layer',
    input: 'image [channels, height, width]',
    source: 'Thakur et al., AISTATS 2025, appendix F',
    trunk: (shape: readonly number[], width: number): Trunk => {
      const [c, h, w] = shape;
      if (shape.length !== 3 || !c || !h || !w) throw new ConfigError(`model multi-task-cnn needs images [channels, height, width], the data set has inputs [${shape.join(', ')}]`);
      return multiTaskCNN({ input: [c, h, w], channels: [scaled(32, width), scaled(64, width)], features: scaled(128, width) });
    },
  },
  {
    name: 'mlp',
    summary: 'two fully connected layers',
    input: 'any shape, flattened',
    source: 'Rumelhart, Hinton and Williams, Nature 1986',
    trunk: (shape, width) => mlp({ inputs: sizeOf(shape), widths: [scaled(128, width), scaled(128, width)] }),
  },
];

/** @throws ConfigError for an unknown name */
export function modelInfo(name: string): ModelInfo {
  const model = MODELS.find((candidate) => candidate.name === name);
  if (!model) throw new ConfigError(`there is no model ${name}; there are: ${MODELS.map((m) => m.name).join(', ')}`);
  return model;
}
