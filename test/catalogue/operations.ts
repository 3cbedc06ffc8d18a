/** Every operation of the engine, by its public name. */
import * as lg from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { condition, data, float, index } from './entry.ts';
import type { Entry } from './entry.ts';

const unary = (run: (x: Tensor) => Tensor): Entry => ({ inputs: [data(3, 4)], run: ([x]) => run(x!) });
const binary = (run: (a: Tensor, b: Tensor) => Tensor): Entry => ({ inputs: [data(3, 4), data(4)], run: ([a, b]) => run(a!, b!) });
const logical = (run: (a: Tensor, b: Tensor) => Tensor): Entry => ({ inputs: [condition(3, 4), condition(4)], run: ([a, b]) => run(a!, b!) });
const pair = (run: (a: Tensor, b: Tensor) => Tensor): Entry => ({ inputs: [data(3, 4), data(3, 4)], run: ([a, b]) => run(a!, b!) });

const ELEMENTWISE: Record<string, Entry> = {
  add: binary(lg.add), sub: binary(lg.sub), mul: binary(lg.mul), div: binary(lg.div), pow: binary(lg.pow), minimum: binary(lg.minimum), maximum: binary(lg.maximum),
  affine: unary((x) => lg.affine(x, 2, 1)), neg: unary(lg.neg), abs: unary(lg.abs), sign: unary(lg.sign), sqrt: unary(lg.sqrt), rsqrt: unary(lg.rsqrt), reciprocal: unary(lg.reciprocal),
  exp: unary(lg.exp), expm1: unary(lg.expm1), log: unary(lg.log), log1p: unary(lg.log1p), sin: unary(lg.sin), cos: unary(lg.cos), tanh: unary(lg.tanh),
  relu: unary(lg.relu), leakyRelu: unary((x) => lg.leakyRelu(x)), sigmoid: unary(lg.sigmoid), silu: unary(lg.silu), softplus: unary(lg.softplus), gelu: unary((x) => lg.gelu(x)),
  clamp: unary((x) => lg.clamp(x, 0.1, 0.9)),
  eq: binary(lg.eq), ne: binary(lg.ne), lt: binary(lg.lt), le: binary(lg.le), gt: binary(lg.gt), ge: binary(lg.ge),
  logicalAnd: logical(lg.logicalAnd), logicalOr: logical(lg.logicalOr), logicalXor: logical(lg.logicalXor), logicalNot: { inputs: [condition(3, 4)], run: ([x]) => lg.logicalNot(x!) },
  where: { inputs: [condition(3, 4), data(3, 4), data(4)], run: ([c, a, b]) => lg.where(c!, a!, b!) },
  cast: unary((x) => lg.cast(x, 'float32')),
};

const REDUCTIONS: Record<string, Entry> = {
  sum: unary((x) => lg.sum(x, { axes: [1] })), mean: unary((x) => lg.mean(x, { axes: [1] })), max: unary((x) => lg.max(x, { axes: [1] })), min: unary((x) => lg.min(x, { axes: [1] })),
  argmax: unary((x) => lg.argmax(x, { axis: 1 })), argmin: unary((x) => lg.argmin(x, { axis: 1 })),
  variance: unary((x) => lg.variance(x, { axes: [1] })), std: unary((x) => lg.std(x, { axes: [1] })), logSumExp: unary((x) => lg.logSumExp(x, { axes: [1] })), norm: unary((x) => lg.norm(x, { axes: [1] })),
};

const SHAPE: Record<string, Entry> = {
  reshape: unary((x) => lg.reshape(x, [2, -1])), permute: unary((x) => lg.permute(x, [1, 0])), transpose: unary((x) => lg.transpose(x)), expand: unary((x) => lg.expand(x, [2, 3, 4])),
  slice: unary((x) => lg.slice(x, [{ start: 1 }, { step: 2 }])), flip: unary((x) => lg.flip(x, [1])), split: unary((x) => lg.split(x, [1, 3], 1)[1]!),
  concat: pair((a, b) => lg.concat([a, b], 1)), joined: pair((a, b) => lg.joined([a, b])), stack: pair((a, b) => lg.stack([a, b], 1)), contiguous: unary((x) => lg.contiguous(lg.transpose(x))), copy: unary(lg.copy),
  pad: unary((x) => lg.pad(x, [[1, 0], [0, 2]])),
  gather: { inputs: [data(3, 4), index(4, 3, 2)], run: ([x, at]) => lg.gather(x!, 1, at!) },
  scatterAdd: { inputs: [data(3, 4), index(4, 3, 2), data(3, 2)], run: ([x, at, source]) => lg.scatterAdd(x!, 1, at!, source!) },
  indexSelect: { inputs: [data(3, 4), index(4, 2)], run: ([x, at]) => lg.indexSelect(x!, 1, at!) },
  embedding: { inputs: [data(5, 4), index(5, 2, 3)], run: ([weight, at]) => lg.embedding(weight!, at!) },
  topK: unary((x) => lg.topK(x, 2).values), sort: unary((x) => lg.sort(x).values), cumsum: unary((x) => lg.cumsum(x, 1)),
  oneHot: { inputs: [index(5, 3)], run: ([labels]) => lg.oneHot(labels!, 5) },
};

const LINEAR: Record<string, Entry> = {
  dot: { inputs: [data(4), data(4)], run: ([a, b]) => lg.dot(a!, b!) }, outer: { inputs: [data(3), data(4)], run: ([a, b]) => lg.outer(a!, b!) },
  matmul: { inputs: [data(2, 3, 4), data(4, 5)], run: ([a, b]) => lg.matmul(a!, b!) },
  linear: { inputs: [data(3, 4), data(5, 4), data(5)], run: ([x, weight, bias]) => lg.linear(x!, weight!, bias) },
  groupedLinear: { inputs: [data(3, 4), data(2, 5, 4), index(2, 3, 2)], run: ([x, weight, at]) => lg.groupedLinear(x!, weight!, at!) },
  conv2d: { inputs: [data(2, 4, 5, 5), data(4, 4, 3, 3), data(4)], run: ([x, weight, bias]) => lg.conv2d(x!, weight!, bias, { padding: 1 }) },
  conv1d: { inputs: [data(2, 4, 5), data(4, 2, 3), data(4)], run: ([x, weight, bias]) => lg.conv1d(x!, weight!, bias, { padding: 'same', groups: 2, activation: 'tanh' }) },
  convTranspose2d: { inputs: [data(2, 4, 3, 3), data(4, 2, 3, 3), data(4)], run: ([x, weight, bias]) => lg.convTranspose2d(x!, weight!, bias, { stride: 2, groups: 2 }) },
  convTranspose1d: { inputs: [data(2, 4, 3), data(4, 2, 3), data(2)], run: ([x, weight, bias]) => lg.convTranspose1d(x!, weight!, bias, { stride: 2, outputPadding: 1 }) },
  maxPool2d: { inputs: [data(2, 4, 5, 5)], run: ([x]) => lg.maxPool2d(x!, 2) },
  maxPool1d: { inputs: [data(2, 4, 5)], run: ([x]) => lg.maxPool1d(x!, 3, { padding: 1 }) },
  avgPool2d: { inputs: [data(2, 4, 5, 5)], run: ([x]) => lg.avgPool2d(x!, 2) },
  avgPool1d: { inputs: [data(2, 4, 5)], run: ([x]) => lg.avgPool1d(x!, 3, { padding: 1 }) },
  adaptiveAvgPool2d: { inputs: [data(2, 4, 5, 5)], run: ([x]) => lg.adaptiveAvgPool2d(x!, [2, 3]) },
  globalAveragePool2d: { inputs: [data(2, 4, 5, 5)], run: ([x]) => lg.globalAveragePool2d(x!) },
  globalMaxPool2d: { inputs: [data(2, 4, 5, 5)], run: ([x]) => lg.globalMaxPool2d(x!) },
};

const NORMALISATION: Record<string, Entry> = {
  layerNorm: { inputs: [data(3, 4), data(4), data(4)], run: ([x, weight, bias]) => lg.layerNorm(x!, 1, { weight: weight!, bias: bias! }) },
  groupNorm: { inputs: [data(2, 4, 3), data(4), data(4)], run: ([x, weight, bias]) => lg.groupNorm(x!, 2, { weight: weight!, bias: bias! }) },
  instanceNorm: { inputs: [data(2, 4, 3), data(4), data(4)], run: ([x, weight, bias]) => lg.instanceNorm(x!, { weight: weight!, bias: bias! }) },
  batchNorm: { inputs: [data(3, 4), data(4), data(4), float(4), float(4)], run: ([x, weight, bias, runningMean, runningVariance]) => lg.batchNorm(x!, { weight: weight!, bias: bias!, runningMean: runningMean!, runningVariance: runningVariance!, training: true }) },
  softmax: unary((x) => lg.softmax(x)), logSoftmax: unary((x) => lg.logSoftmax(x)),
  dropout: unary((x) => lg.dropout(x, 0.5, { generator: new lg.Generator(1) })),
  randomCrop: { inputs: [data(2, 3, 4, 4)], run: ([x]) => lg.randomCrop(x!, { generator: new lg.Generator(1), padding: 1, flip: true }) },
};

/** One layer of three units, its parameters given in the order of `recurrentParameters`. */
function recurrent(cell: 'lstm' | 'gru', run: (x: Tensor, parameters: lg.RecurrentParameters) => { readonly output: Tensor }): Entry {
  const shapes = lg.recurrentParameters(cell, 4, 3);
  return {
    inputs: [data(2, 5, 4), ...shapes.map(({ shape }) => data(...shape))],
    run: ([x, ...parameters]) => run(x!, { get: (name) => parameters[shapes.findIndex((other) => other.name === name)]! }).output,
  };
}

const SEQUENCES: Record<string, Entry> = {
  scaledDotProductAttention: { inputs: [data(2, 2, 3, 4), data(2, 2, 5, 4), data(2, 2, 5, 4)], run: ([q, k, v]) => lg.scaledDotProductAttention(q!, k!, v!) },
  multiHeadAttention: {
    inputs: [data(2, 3, 8), data(24, 8), data(24), data(8, 8), data(8)],
    run: ([x, inWeight, inBias, outWeight, outBias]) => lg.multiHeadAttention(x!, x!, x!, { heads: 2, inWeight: inWeight!, inBias: inBias!, outWeight: outWeight!, outBias: outBias! }),
  },
  lstm: recurrent('lstm', lg.lstm), gru: recurrent('gru', lg.gru) };

const LOSSES: Record<string, Entry> = {
  crossEntropy: { inputs: [data(3, 4), index(4, 3)], run: ([logits, targets]) => lg.crossEntropy(logits!, targets!) },
  crossEntropyRows: { inputs: [data(3, 4), index(4, 3)], run: ([logits, targets]) => lg.crossEntropyRows(logits!, targets!) },
  binaryCrossEntropyWithLogits: { inputs: [data(3, 4), float(3, 4)], run: ([logits, targets]) => lg.binaryCrossEntropyWithLogits(logits!, targets!) },
  mseLoss: pair((a, b) => lg.mseLoss(a, b)), huberLoss: pair((a, b) => lg.huberLoss(a, b)), klDivLoss: pair((a, b) => lg.klDivLoss(a, b)),
};

/** By family, in the order in which they are documented. */
export const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  'Element by element': ELEMENTWISE, Reductions: REDUCTIONS, 'Shapes and indices': SHAPE, 'Linear algebra, convolution, pooling': LINEAR, 'Normalisation, softmax, dropout': NORMALISATION, Sequences: SEQUENCES, Losses: LOSSES,
};
