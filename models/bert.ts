/** BERT's encoder, with the names and shapes of Hugging Face's `BertModel` (Devlin et al., "BERT", NAACL 2019), and TinyBERT, a small one of it. */
import { ShapeError, add, cast, joined, reshape, slice } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import { normal } from './init.ts';
import { dropout } from './layers/dropout.ts';
import { embedding } from './layers/embedding.ts';
import type { DenseLayer, Layer } from './layers/layer.ts';
import { composed, sequential } from './layers/layer.ts';
import { layerNorm } from './layers/layer-norm.ts';
import { linear } from './layers/linear.ts';
import { selfAttention } from './layers/multi-head-attention.ts';
import type { SequenceLayer } from './layers/multi-head-attention.ts';
import { paddingByToken } from './layers/padding.ts';
import { activated, postNorm } from './layers/transformer-encoder.ts';
import type { Trunk } from './multi-task-model.ts';

export interface BertOptions {
  /** Tokens of the vocabulary, of which number 0 is the padding; default 30,522. */
  readonly vocabulary?: number;
  /** Width of the encoder; default 312. */
  readonly width?: number;
  /** Encoder layers; default 4. */
  readonly layers?: number;
  /** Heads of attention, which divide the width; default 12. */
  readonly heads?: number;
  /** Width between the two linear layers of an encoder layer; default 1200. */
  readonly inner?: number;
  /** Longest sequence; default 512. */
  readonly positions?: number;
  /** Width of the shared representation; default 128. */
  readonly features?: number;
  /** What makes the shared representation of the pooled one; default `linear`. */
  readonly dense?: DenseLayer;
  /** Probability in [0, 1), of attention weights and of the results of each part; default 0.1. */
  readonly dropout?: number;
}

/** Number of the padding's token. */
const PADDING = 0;
/** As BERT's. */
const EPS = 1e-12;
const init = normal(0.02);

/**
 * Input: token numbers `[n, steps]`, as int32, or as float32 as batches carry them. Padding, token 0, has no influence on the result. All tokens
 * are of the first segment. The representation is a linear layer's, `fc`, of the pooled first token, without an activation, as the paper has it.
 * The defaults are TinyBERT's with 4 layers. Sources: Jiao et al., "TinyBERT", Findings of EMNLP 2020; Thakur et al., AISTATS 2025, appendix C.2.
 * @example const trunk = bert(); // then `await loadPretrained(model, bytes, file)`
 */
export function bert({ vocabulary = 30_522, width = 312, layers = 4, heads = 12, inner = 1200, positions = 512, features = 128, dense = linear, dropout: p = 0.1 }: BertOptions = {}): Trunk {
  const embeddings = bertEmbeddings('embeddings', vocabulary, positions, width, p);
  const encoder = Array.from({ length: layers }, (_, i) => bertLayer(`encoder.layer.${i}`, width, heads, inner, p));
  const pooler = linear('pooler.dense', width, width, { init, activation: 'tanh' });
  const fc = dense('fc', width, features);
  return {
    name: 'bert',
    layers: [embeddings, ...encoder, pooler, fc],
    features,
    forward(x, parameters, mode) {
      const [n = 0, steps = 0] = x.shape;
      if (x.rank !== 2 || steps < 1 || steps > positions) throw new ShapeError(`bert: expected token numbers [n, steps] of 1 to ${positions} steps, got [${x.shape.join(', ')}]`);
      const ids = cast(x, 'int32');
      const padding = paddingByToken(ids, PADDING); // [n, steps]
      x = embeddings.forward(ids, parameters, mode); // [n, steps, width]
      for (const layer of encoder) x = layer.forward(x, parameters, mode, padding); // [n, steps, width]
      x = reshape(slice(x, [null, { end: 1 }]), [n, width]); // [n, width]
      return fc.forward(pooler.forward(x, parameters, mode), parameters, mode); // [n, features]
    },
  };
}

/** Token numbers `[n, steps]` to `[n, steps, width]`: of each its word, its place and the first segment, added and normalised. */
function bertEmbeddings(name: string, vocabulary: number, positions: number, width: number, p: number): Layer {
  const words = embedding(`${name}.word_embeddings`, vocabulary, width, { paddingIndex: PADDING, init });
  const places = embedding(`${name}.position_embeddings`, positions, width, { init });
  const segments = embedding(`${name}.token_type_embeddings`, 2, width, { init });
  const finish = sequential(layerNorm(`${name}.LayerNorm`, width, EPS), dropout(p));
  return composed([words, places, segments, finish], (ids, parameters, mode) => {
    // Places and segments are the same for every sequence: rows from the start of their tables.
    const first = (part: string, count: number): Tensor => slice(parameters.get(`${name}.${part}.weight`), [{ end: count }]);
    const common = add(first('position_embeddings', ids.shape[1] ?? 0), first('token_type_embeddings', 1)); // [steps, width]
    return finish.forward(add(words.forward(ids, parameters, mode), common), parameters, mode);
  });
}

/** Parameters as in Hugging Face's `BertLayer`. */
function bertLayer(name: string, width: number, heads: number, inner: number, p: number): SequenceLayer {
  return postNorm({
    attention: bertAttention(`${name}.attention`, width, heads, p),
    norm1: layerNorm(`${name}.attention.output.LayerNorm`, width, EPS),
    feedForward: sequential(activated(`${name}.intermediate.dense`, width, inner, 'gelu', { init }), linear(`${name}.output.dense`, inner, width, { init })),
    norm2: layerNorm(`${name}.output.LayerNorm`, width, EPS),
    dropout: p,
  });
}

/**
 * With the projections of queries, keys and values each for itself; they are joined, since one product is faster than three. Weights come first, so that
 * they follow one another in memory and are joined without a copy.
 */
function bertAttention(name: string, width: number, heads: number, p: number): SequenceLayer {
  const projections = ['query', 'key', 'value'].map((part) => `${name}.self.${part}`);
  const output = `${name}.output.dense`;
  const specs = [...projections, output].flatMap((part) => linear(part, width, width, { init }).specs).sort((a, b) => b.shape.length - a.shape.length);
  return { specs, forward: (x, parameters, mode, padding) => selfAttention(x, heads, {
    inWeight: joined(projections.map((part) => parameters.get(`${part}.weight`))), // [3 width, width]
    inBias: joined(projections.map((part) => parameters.get(`${part}.bias`))), // [3 width]
    outWeight: parameters.get(`${output}.weight`), outBias: parameters.get(`${output}.bias`),
  }, mode, p, padding) };
}
