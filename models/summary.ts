/** What a model is made of: its operations with their output shapes, parameters and work, read off the tape of one forward pass. */
import { ConfigError, zeros } from '../engine/index.ts';
import type { DType, Tensor } from '../engine/index.ts';
import type { MultiTaskModel } from './multi-task-model.ts';

export interface SummaryRow {
  /** The part of the model that the parameters belong to, such as `layer1.0.conv1`; empty for an operation without any. */
  readonly name: string;
  readonly operation: string;
  /** Of the result for one input. */
  readonly shape: readonly number[];
  /** Number of parameters that were not in a row above. */
  readonly parameters: number;
  /** Two for each multiply-add of a matrix product, convolution, recurrence or attention; what goes element by element is not counted. */
  readonly flops: number;
}

export interface ModelSummary {
  readonly model: string;
  readonly input: readonly number[];
  readonly rows: readonly SummaryRow[];
  /** Of the trunk, and of one task beside it. */
  readonly parameters: { readonly shared: number; readonly own: number };
  readonly flops: number;
}

export interface SummaryOptions {
  /** Whose head is shown; default the first task. */
  readonly task?: string;
  /** Type of the inputs; default `float32`. */
  readonly dtype?: DType;
}

/** Of a result and what went into it. `original`: the number of elements, for what is made of parameters that of these: layers may pad their weights. */
type Work = (y: Tensor, parents: readonly Tensor[], original: (t: Tensor | undefined) => number) => number;

const last = (t: Tensor | undefined, from = 1): number => t?.shape.at(-from) ?? 0;

/** Multiply-adds. Operations that are not here have none. */
const MULTIPLY_ADDS: Readonly<Record<string, Work>> = {
  linear: (y, [, weight], original) => y.size / (weight?.shape[0] ?? 1) * original(weight),
  groupedLinear: (y, [, weight]) => y.size * last(weight),
  matmul: (y, [a]) => y.size * last(a),
  // Every output sees the weights of its channel; every input of a transposed convolution does.
  conv2d: (y, [, weight]) => y.size * (weight?.size ?? 0) / (weight?.shape[0] ?? 1),
  conv2dInputGradient: (_, [x, weight]) => (x?.size ?? 0) * (weight?.size ?? 0) / (weight?.shape[0] ?? 1),
  // The products with the inputs are a linear operation of their own.
  lstm: (_, [projected, weight], original) => (projected?.size ?? 0) / last(projected) * original(weight),
  gru: (_, [projected, weight], original) => (projected?.size ?? 0) / last(projected) * original(weight),
  scaledDotProductAttention: (y, [q, k]) => y.size * last(k, 2) + (q?.size ?? 0) * last(k, 2),
  // Of a packed [n, steps, 3 * width]: scores and values.
  multiHeadAttention: (y, [packed]) => 2 * y.size * last(packed, 2),
};

/** What only arranges values anew, or makes constants. */
const ARRANGING = ['reshape', 'permute', 'transpose', 'expand', 'slice', 'copy', 'concat', 'insertAxis', 'removeAxis', 'split', 'cast', 'pad'];

/** The shape for one input: recurrences keep the batch further in, and a state more than steps. */
function shapeOf(operation: string, { shape }: Tensor): readonly number[] {
  const [, states = 0, , hidden = 0] = shape;
  return operation === 'lstm' || operation === 'gru' ? [states - 1, hidden] : shape.slice(1);
}

/** Everything on the tape behind a result, in the order it was computed. */
function tapeOf(result: Tensor): Tensor[] {
  const found = new Set<Tensor>();
  const open = [result];
  for (let t = open.pop(); t; t = open.pop()) {
    if (!t.node || found.has(t)) continue;
    found.add(t);
    open.push(...t.node.parents);
  }
  return [...found].sort((a, b) => (a.node?.serial ?? 0) - (b.node?.serial ?? 0));
}

/** What all names have in common, by their parts, without the last one. */
function commonName(names: readonly string[]): string {
  const [first = [], ...others] = names.map((name) => name.split('.').slice(0, -1));
  const end = first.findIndex((part, i) => others.some((other) => other[i] !== part));
  return first.slice(0, end < 0 ? first.length : end).join('.');
}

/**
 * The table of a model for one input: what is computed, in order, without what only rearranges values. Nothing is
 * computed: the pass is recorded and not run. In evaluation mode, so without dropout.
 * @param inputShape of one input, without the batch
 * @throws ConfigError for an unknown task; ShapeError for inputs that the model does not take
 */
export function summary(model: MultiTaskModel, inputShape: readonly number[], { task = [...model.heads.keys()][0] ?? '', dtype = 'float32' }: SummaryOptions = {}): ModelSummary {
  const own = model.heads.get(task);
  if (!own) throw new ConfigError(`summary: the model has no task ${task}; there are: ${[...model.heads.keys()].join(', ')}`);
  const { shared, training } = model;
  const names = new Map([shared, own].flatMap((arena) => arena.segments.map(({ name }) => [arena.get(name), name] as const)));
  const made: Tensor[] = [];
  model.eval();
  try {
    shared.device.capture(() => {
      const x = zeros(shared.device, [1, ...inputShape], { dtype, requiresGrad: dtype === 'float32' });
      made.push(...tapeOf(model.forward(x, task)));
    }).dispose();
  } finally {
    model.train(training);
  }
  /** The parameters in everything that is made of parameters alone. */
  const sources = new Map<Tensor, readonly Tensor[]>([...names.keys()].map((parameter) => [parameter, [parameter]]));
  const original = (t: Tensor | undefined): number => t ? sources.get(t)?.reduce((total, { size }) => total + size, 0) ?? t.size : 0;
  const counted = new Set<Tensor>();
  const rows = made.flatMap((y): SummaryRow[] => {
    const { operation = '', parents = [] } = y.node ?? {};
    const within = parents.flatMap((parent) => sources.get(parent) ?? []);
    // Made of parameters, and of constants at most.
    if (within.length > 0 && ARRANGING.includes(operation) && parents.every((parent) => sources.has(parent) || !parent.requiresGrad)) {
      sources.set(y, within);
      return [];
    }
    const fresh = [...new Set(within)].filter((parameter) => !counted.has(parameter));
    for (const parameter of fresh) counted.add(parameter);
    if (within.length === 0 && ARRANGING.includes(operation)) return [];
    return [{
      name: commonName(within.map((parameter) => names.get(parameter) ?? '')),
      operation, shape: shapeOf(operation, y),
      parameters: fresh.reduce((total, { size }) => total + size, 0),
      flops: 2 * (MULTIPLY_ADDS[operation]?.(y, parents, original) ?? 0),
    }];
  });
  const count = (arena: typeof shared): number => arena.segments.reduce((total, { length }) => total + length, 0);
  return { model: model.name, input: inputShape, rows, parameters: { shared: count(shared), own: count(own) }, flops: rows.reduce((total, { flops }) => total + flops, 0) };
}
