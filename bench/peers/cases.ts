/** What is compared. Models have no dropout here: every engine would draw other numbers. */
import { sizeOf } from './work.ts';
import type { Kind, Values, Work } from './work.ts';

/** A case whose arrays are made when its turn comes. */
export interface Case {
  readonly name: string;
  readonly make: () => Work;
}

type Draw = () => number;

/** Uniform on [-1, 1): a 32-bit xorshift, so that the numbers are the same everywhere. */
function uniform(seed: number): Draw {
  let state = Math.imul(seed + 1, 0x9e3779b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}

function drawn(draw: Draw, shape: readonly number[], scale = 1, middle = 0): Values {
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => middle + scale * draw()) };
}

const STANDALONE = { parameters: [], lr: 0, heads: 1, layers: 0 };

function matmulCase(size: number): Case {
  const name = `kernel/matmul/${size}`;
  return {
    name,
    make() {
      const draw = uniform(size);
      return { ...STANDALONE, name, kind: 'matmul', arrays: new Map([['a', drawn(draw, [size, size])], ['b', drawn(draw, [size, size])]]) };
    },
  };
}

/** MultiTaskCNN's second convolution. */
function convCase(kind: Kind, what: string): Case {
  const name = `kernel/conv2d/${what}`;
  return {
    name,
    make() {
      const draw = uniform(3);
      const arrays = new Map([['x', drawn(draw, [64, 32, 14, 14])], ['weight', drawn(draw, [64, 32, 3, 3])], ['gradient', drawn(draw, [64, 64, 14, 14])]]);
      return { ...STANDALONE, name, kind, arrays };
    },
  };
}

type Shapes = Readonly<Record<string, readonly number[]>>;

const CLASSES = 10;
const dense = (name: string, inFeatures: number, outFeatures: number): Shapes => ({ [`${name}.weight`]: [outFeatures, inFeatures], [`${name}.bias`]: [outFeatures] });
const conv = (name: string, inChannels: number, outChannels: number, size: number): Shapes => ({ [`${name}.weight`]: [outChannels, inChannels, size, size], [`${name}.bias`]: [outChannels] });
const norm = (name: string, width: number): Shapes => ({ [`${name}.weight`]: [width], [`${name}.bias`]: [width] });
const each = (count: number, shapes: (i: number) => Shapes): Shapes => Object.assign({}, ...Array.from({ length: count }, (_, i) => shapes(i))) as Shapes;

/** Normalisations start near 1, tables of vectors near 0, all else as PyTorch's layers do. */
function initial(draw: Draw, name: string, shape: readonly number[]): Values {
  if (/norm\d?\.weight$/i.test(name)) return drawn(draw, shape, 0.1, 1);
  if (shape.length === 1) return drawn(draw, shape, 0.05);
  return drawn(draw, shape, name.includes('_embeddings.') ? 0.035 : 1 / Math.sqrt(sizeOf(shape.slice(1))));
}

interface Training {
  readonly kind: Kind;
  /** Batch first. */
  readonly input: readonly number[];
  /** Inputs are tokens below it, none of them number 0, which is padding. */
  readonly vocabulary?: number;
  readonly parameters: Shapes;
  readonly lr: number;
  readonly heads?: number;
  readonly layers?: number;
}

function trainCase({ kind, input, vocabulary, parameters, lr, heads = 1, layers = 0 }: Training): Case {
  const [batch = 0] = input;
  const name = `train/${kind}/${batch}`;
  return {
    name,
    make() {
      const draw = uniform(batch);
      const x = vocabulary === undefined ? drawn(draw, input, 0.5, 0.5) : { shape: input, data: Int32Array.from({ length: sizeOf(input) }, (_, i) => 1 + ((i * 7919) % (vocabulary - 1))) };
      const arrays = new Map<string, Values>([['x', x], ['y', { shape: [batch], data: Int32Array.from({ length: batch }, (_, i) => i % CLASSES) }]]);
      for (const [parameter, shape] of Object.entries(parameters)) arrays.set(parameter, initial(draw, parameter, shape));
      return { name, kind, arrays, parameters: Object.keys(parameters), lr, heads, layers };
    },
  };
}

/** Widths of the transformers: PyTorch's names for the first, Hugging Face's for the second. */
const TIME_SERIES = { width: 256, layers: 2, heads: 8 };
const TINYBERT = { width: 312, layers: 4, heads: 12, inner: 1200, vocabulary: 2000, steps: 64 };

const timeSeriesLayer = (name: string, width: number): Shapes => ({
  [`${name}.self_attn.in_proj_weight`]: [3 * width, width], [`${name}.self_attn.in_proj_bias`]: [3 * width], ...dense(`${name}.self_attn.out_proj`, width, width),
  ...norm(`${name}.norm1`, width), ...dense(`${name}.linear1`, width, 4 * width), ...dense(`${name}.linear2`, 4 * width, width), ...norm(`${name}.norm2`, width),
});

const bertLayer = (name: string, width: number, inner: number): Shapes => ({
  ...dense(`${name}.attention.self.query`, width, width), ...dense(`${name}.attention.self.key`, width, width), ...dense(`${name}.attention.self.value`, width, width),
  ...dense(`${name}.attention.output.dense`, width, width), ...norm(`${name}.attention.output.LayerNorm`, width),
  ...dense(`${name}.intermediate.dense`, width, inner), ...dense(`${name}.output.dense`, inner, width), ...norm(`${name}.output.LayerNorm`, width),
});

export const CASES: readonly Case[] = [
  matmulCase(256), matmulCase(512), matmulCase(1024),
  convCase('conv2d', 'forward'), convCase('conv2d-input', 'by-input'), convCase('conv2d-weight', 'by-weight'),
  trainCase({
    kind: 'multi-task-cnn', input: [64, 1, 28, 28], lr: 0.05,
    parameters: { ...conv('conv1', 1, 32, 3), ...conv('conv2', 32, 64, 3), ...dense('fc', 3136, 128), ...dense('head', 128, CLASSES) },
  }),
  trainCase({
    kind: 'time-series-transformer', input: [16, 48, 76], lr: 0.05, heads: TIME_SERIES.heads, layers: TIME_SERIES.layers,
    parameters: {
      ...dense('embedding', 76, TIME_SERIES.width), ...each(TIME_SERIES.layers, (i) => timeSeriesLayer(`encoder.layers.${i}`, TIME_SERIES.width)),
      ...dense('fc', TIME_SERIES.width, 128), ...dense('head', 128, CLASSES),
    },
  }),
  trainCase({
    kind: 'crnn', input: [8, 1, 33, 32], lr: 0.05,
    parameters: {
      ...conv('conv1', 1, 32, 5), ...conv('conv2', 32, 64, 5), ...conv('conv3', 64, 128, 5), ...conv('conv4', 128, 256, 5),
      'lstm.weight_ih_l0': [128, 256], 'lstm.weight_hh_l0': [128, 32], 'lstm.bias_ih_l0': [128], 'lstm.bias_hh_l0': [128], ...dense('head', 32, CLASSES),
    },
  }),
  trainCase({
    kind: 'tinybert', input: [2, TINYBERT.steps], vocabulary: TINYBERT.vocabulary, lr: 0.01, heads: TINYBERT.heads, layers: TINYBERT.layers,
    parameters: {
      'embeddings.word_embeddings.weight': [TINYBERT.vocabulary, TINYBERT.width], 'embeddings.position_embeddings.weight': [TINYBERT.steps, TINYBERT.width],
      'embeddings.token_type_embeddings.weight': [2, TINYBERT.width], ...norm('embeddings.LayerNorm', TINYBERT.width),
      ...each(TINYBERT.layers, (i) => bertLayer(`encoder.layer.${i}`, TINYBERT.width, TINYBERT.inner)),
      ...dense('pooler.dense', TINYBERT.width, TINYBERT.width), ...dense('fc', TINYBERT.width, 128), ...dense('head', 128, CLASSES),
    },
  }),
];

/** Whose first step is measured apart, with and without the driver's cache of compiled programs. */
export const FIRST_STEP = 'train/multi-task-cnn/64';
