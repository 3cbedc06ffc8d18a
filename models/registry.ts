/** The architectures by name, for the command line and for anything else that chooses one at run time. */
import { ConfigError, sizeOf } from '../engine/index.ts';
import { bert } from './bert.ts';
import { crnn } from './crnn.ts';
import type { DenseLayer } from './layers/layer.ts';
import { mixtureOfExperts } from './layers/mixture-of-experts.ts';
import { mlp } from './mlp.ts';
import { multiTaskCNN } from './multi-task-cnn.ts';
import type { Trunk } from './multi-task-model.ts';
import { resNet } from './resnet.ts';
import type { ResNetDepth } from './resnet.ts';
import { timeSeriesTransformer } from './time-series-transformer.ts';

export interface ModelInfo {
  readonly name: string;
  readonly summary: string;
  /** What one input must be. */
  readonly input: string;
  readonly source: string;
  /** The shape of an input of its kind, to count parameters for. */
  readonly example: readonly number[];
  /** Builds the trunk for inputs of a shape. `width` scales its channels or layers, 1 being the source's; `dense` makes its last fully connected layer. */
  readonly trunk: (inputShape: readonly number[], width: number, dense?: DenseLayer) => Trunk;
}

const scaled = (channels: number, width: number): number => Math.max(4, Math.round((channels * width) / 4) * 4);
const headSize = (size: number, width: number): number => Math.max(1, Math.round(size * width));

/** @throws ConfigError unless the shape is that of images */
function imageShape(model: string, axes: string, shape: readonly number[]): [number, number, number] {
  const [c, h, w] = shape;
  if (shape.length !== 3 || !c || !h || !w) throw new ConfigError(`model ${model} needs ${axes}, the data set has inputs [${shape.join(', ')}]`);
  return [c, h, w];
}

/** @throws ConfigError unless the shape has so many sizes */
function sizes(model: string, axes: string, shape: readonly number[], count: number): readonly number[] {
  if (shape.length !== count || shape.some((size) => size < 1)) throw new ConfigError(`model ${model} needs ${axes}, the data set has inputs [${shape.join(', ')}]`);
  return shape;
}

const IMAGE = 'image [channels, height, width]';
const SPECTROGRAM = 'spectrogram [channels, frequency, time]';
const SERIES = 'time series [steps, channels], steps of NaN being padding';
const TOKENS = 'token numbers [steps] of BERT\'s vocabulary, 0 being padding';
/** Below this height an image cannot afford to be made eight times smaller before the last blocks. */
const LARGE = 64;

/** @throws ConfigError unless the shape is that of at most 512 tokens */
function tinyBert(shape: readonly number[], width: number, dense?: DenseLayer): Trunk {
  const [steps = 0] = sizes('tinybert', TOKENS, shape, 1);
  if (steps > 512) throw new ConfigError(`model tinybert takes at most 512 tokens, the data set has inputs [${steps}]`);
  return { ...bert({ width: 12 * headSize(26, width), inner: scaled(1200, width), features: scaled(128, width), ...(dense && { dense }) }), name: 'tinybert' };
}

function resNetInfo(depth: ResNetDepth): ModelInfo {
  const name = `resnet-${depth}`;
  return {
    name,
    summary: `residual network of ${depth} layers; 3x3 stem below ${LARGE} pixels`,
    input: IMAGE,
    source: 'He et al., CVPR 2016',
    example: [3, 224, 224],
    trunk(shape, width, dense): Trunk {
      const [channels, h] = imageShape(name, IMAGE, shape);
      return resNet({ depth, channels, width: scaled(64, width), features: scaled(256, width), stem: h < LARGE ? 'small' : 'image', ...(dense && { dense }) });
    },
  };
}

export const MODELS: readonly ModelInfo[] = [
  {
    name: 'multi-task-cnn',
    summary: 'two 3x3 convolutions with pooling, one fully connected layer',
    input: IMAGE,
    source: 'Thakur et al., AISTATS 2025, appendix F',
    example: [1, 28, 28],
    trunk: (shape, width, dense): Trunk => multiTaskCNN({ input: imageShape('multi-task-cnn', IMAGE, shape), channels: [scaled(32, width), scaled(64, width)], features: scaled(128, width), ...(dense && { dense }) }),
  },
  {
    name: 'multi-task-cnn-experts',
    summary: 'the same with the best 4 of 8 linear experts for its fully connected layer',
    input: IMAGE,
    source: 'Chen et al., CVPR 2023; Thakur et al., AISTATS 2025',
    example: [1, 28, 28],
    trunk: (shape, width, dense = mixtureOfExperts()): Trunk => ({
      ...multiTaskCNN({ input: imageShape('multi-task-cnn-experts', IMAGE, shape), channels: [scaled(32, width), scaled(64, width)], features: scaled(128, width), dense }),
      name: 'multi-task-cnn-experts',
    }),
  },
  {
    name: 'mlp',
    summary: 'two fully connected layers',
    input: 'any shape, flattened',
    source: 'Rumelhart, Hinton and Williams, Nature 1986',
    example: [1, 28, 28],
    trunk: (shape, width, dense): Trunk => mlp({ inputs: sizeOf(shape), widths: [scaled(128, width), scaled(128, width)], ...(dense && { dense }) }),
  },
  {
    name: 'crnn',
    summary: 'four 5x5 convolutions over a spectrogram, then an LSTM over its time',
    input: SPECTROGRAM,
    source: 'Thakur et al., AISTATS 2025',
    example: [1, 128, 64],
    trunk: (shape, width, dense): Trunk => crnn({ input: imageShape('crnn', SPECTROGRAM, shape), channels: [32, 64, 128, 256].map((channels) => scaled(channels, width)), hidden: scaled(32, width), ...(dense && { dense }) }),
  },
  {
    name: 'time-series-transformer',
    summary: 'two transformer encoder layers of 8 heads over the steps of a series',
    input: SERIES,
    source: 'Vaswani et al., NeurIPS 2017; Thakur et al., AISTATS 2025',
    example: [48, 76],
    trunk: (shape, width, dense): Trunk => timeSeriesTransformer({ channels: sizes('time-series-transformer', SERIES, shape, 2)[1] ?? 0, width: 8 * headSize(32, width), features: scaled(128, width), ...(dense && { dense }) }),
  },
  {
    name: 'tinybert',
    summary: 'BERT with 4 layers, 312 wide; takes pretrained weights',
    input: TOKENS,
    source: 'Jiao et al., Findings of EMNLP 2020',
    example: [128],
    trunk: tinyBert,
  },
  resNetInfo(18),
  resNetInfo(34),
  resNetInfo(50),
  resNetInfo(101),
];

/** @throws ConfigError for an unknown name */
export function modelInfo(name: string): ModelInfo {
  const model = MODELS.find((candidate) => candidate.name === name);
  if (!model) throw new ConfigError(`there is no model ${name}; there are: ${MODELS.map((m) => m.name).join(', ')}`);
  return model;
}
