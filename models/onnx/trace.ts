/** What a model computes, as a list of the engine's operations: read off two forward passes with different inputs. */
import { ConfigError, DTypeError, listening, noGrad, sizeOf, tensor } from '../../engine/index.ts';
import type { DType, HostArray, Report, Shape, Tensor } from '../../engine/index.ts';
import type { MultiTaskModel } from '../multi-task-model.ts';
import { COUNTS } from './sizes.ts';

/** Where an operand comes from. */
export type Source =
  | { readonly from: 'input' }
  | { readonly from: 'step'; readonly step: number; readonly output: number }
  | { readonly from: 'constant'; readonly constant: number };

export interface Described {
  readonly dtype: DType;
  /** With each of `COUNTS` inputs. */
  readonly shapes: readonly [Shape, Shape];
}

export interface Step {
  readonly operation: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly (Source | null)[];
  readonly outputs: readonly Described[];
}

export interface Constant extends Described {
  /** With the first of `COUNTS` inputs, row-major. Along axes on which they are repeated they are there once. */
  readonly values: HostArray;
  readonly once: Described;
  /** Where it is a parameter or belongs to running statistics. */
  readonly name: string | null;
}

export interface Trace {
  readonly input: Described;
  readonly steps: readonly Step[];
  readonly constants: readonly Constant[];
  readonly output: Source;
}

/** The same elements, whatever object stands for them. */
type Key = string;

class Keys {
  readonly #storages = new Map<object, number>();

  of({ storage, dtype, offset, shape, strides }: Tensor): Key {
    const id = this.#storages.get(storage) ?? this.#storages.size;
    this.#storages.set(storage, id);
    return `${id} ${dtype} ${offset} ${shape.join(',')} ${shape.map((size, d) => size === 1 ? 0 : strides[d] ?? 0).join(',')}`;
  }
}

/** One forward pass: what was used on the way from the input to the output, in order. */
interface Pass {
  readonly input: Tensor;
  readonly steps: readonly { readonly report: Report; readonly inputs: readonly (Source | null)[] }[];
  readonly constants: readonly Tensor[];
  readonly output: Source;
}

/** Values from 0 to below 2, so that they may be numbers of tokens too. */
function example(shape: Shape, seed: number): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => (((i + seed) * 7919 + (i % 13) * 104_729) % 2003) / 1001.5);
}

/** The report that made a value, and which of its results that is. */
interface Maker {
  readonly at: number;
  readonly output: number;
}

/** Of everything that depends on the input, by its place in memory; null for the input. */
function makersOf(reports: readonly Report[], input: Tensor, keys: Keys): ReadonlyMap<Key, Maker | null> {
  const makers = new Map<Key, Maker | null>([[keys.of(input), null]]);
  const within = new Map<Tensor['storage'], Set<Key>>();
  for (const [at, { operation, inputs, outputs }] of reports.entries()) {
    const read = inputs.filter((t) => t !== null);
    if (!read.some((t) => makers.has(keys.of(t)))) continue;
    const isView = ({ storage }: Tensor): boolean => read.some((t) => t.storage === storage);
    // Who writes all of a memory stands for whatever wrote parts of it before.
    for (const made of outputs) {
      if (isView(made)) continue;
      for (const key of within.get(made.storage) ?? []) makers.delete(key);
      within.delete(made.storage);
    }
    for (const [output, made] of outputs.entries()) {
      const key = keys.of(made);
      // A view that shows what was there already is no new value, nor is a copy: when the engine makes one hangs on sizes.
      if (makers.has(key) && isView(made)) continue;
      const copied = operation === 'copy' && read[0] ? makers.get(keys.of(read[0])) : undefined;
      makers.set(key, copied === undefined ? { at, output } : copied);
      within.set(made.storage, (within.get(made.storage) ?? new Set()).add(key));
    }
  }
  return makers;
}

function passOf(model: MultiTaskModel, task: string, shape: Shape, dtype: DType, count: number): Pass {
  const input = tensor(model.shared.device, example([count, ...shape], 17 * count), [count, ...shape], { dtype });
  const reports: Report[] = [];
  const result = listening((report) => reports.push(report), () => noGrad(() => model.forward(input, task)));
  const keys = new Keys();
  const makers = makersOf(reports, input, keys);
  const computed = new Set([input, ...[...makers.values()].flatMap((maker) => (maker && reports[maker.at]?.outputs) ?? [])].map(({ storage }) => storage));
  const needed = new Set<number>();
  const open = [result];
  for (let t = open.pop(); t; t = open.pop()) {
    const maker = makers.get(keys.of(t));
    if (!maker || needed.has(maker.at)) continue;
    needed.add(maker.at);
    open.push(...reports[maker.at]?.inputs.filter((parent) => parent !== null) ?? []);
  }
  const order = [...needed].sort((a, b) => a - b);
  const constants: Tensor[] = [];
  const places = new Map<Key, number>();
  const sourceOf = (t: Tensor): Source => {
    const key = keys.of(t);
    const maker = makers.get(key);
    if (maker === null) return { from: 'input' };
    if (maker) return { from: 'step', step: order.indexOf(maker.at), output: maker.output };
    if (computed.has(t.storage)) throw new ConfigError(`exportOnnx: task ${task}: ${String(t)} is a part of what was computed by an operation that cannot be exported`);
    const constant = places.get(key) ?? constants.push(t) - 1;
    places.set(key, constant);
    return { from: 'constant', constant };
  };
  const steps = order.flatMap((at) => {
    const report = reports[at];
    return report ? [{ report, inputs: report.inputs.map((t) => t && sourceOf(t)) }] : [];
  });
  return { input, steps, constants, output: sourceOf(result) };
}

/** Names of what a model holds. */
function namesOf(model: MultiTaskModel): (t: Tensor) => string | null {
  const held = [...model.parameters()];
  for (const layer of model.statistics.layers) {
    const all = model.statistics.of(layer);
    for (const key of all.keys) for (const [part, t] of Object.entries(all.of(key))) held.push([`statistics.${layer}.${key}.${part}`, t as Tensor]);
  }
  return (t) => held.find(([, { storage, offset, size }]) => t.storage === storage && t.offset === offset && t.size === size && t.isContiguous)?.[0] ?? null;
}

/** Without what only repeats it. */
function unrepeated(t: Tensor): Tensor {
  return t.view({ shape: t.shape.map((size, d) => t.strides[d] === 0 && size > 1 ? 1 : size), strides: t.strides, offset: t.offset });
}

const sameValues = (a: HostArray, b: HostArray): boolean => a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
const isUniform = (values: HostArray): boolean => values.every((value) => Object.is(value, values[0]));

/**
 * What a task's forward pass computes, in evaluation mode. It is done twice, with different inputs and numbers of them: what differs in size grows with
 * the number of inputs, and what differs otherwise would be wrong in a graph for all inputs, and is refused.
 * @param shape of one input
 * @throws ConfigError for what is not the same computation for every number of inputs; DTypeError for float16; ShapeError for inputs that the model does not take
 */
export async function traceOf(model: MultiTaskModel, task: string, shape: Shape, dtype: DType): Promise<Trace> {
  const { device } = model.shared;
  using _scope = device.scope();
  const first = passOf(model, task, shape, dtype, COUNTS[0]);
  const second = passOf(model, task, shape, dtype, COUNTS[1]);
  const differs = (what: string): ConfigError => new ConfigError(`exportOnnx: task ${task}: ${what} is another with other inputs, so there is no one graph for all of them`);
  const described = (a: Tensor, b: Tensor | undefined): Described => {
    if (a.dtype === 'float16' || a.dtype !== b?.dtype) throw new DTypeError(`exportOnnx: task ${task}: expected a computation in float32, got ${a.dtype}`);
    return { dtype: a.dtype, shapes: [a.shape, b.shape] };
  };
  if (first.steps.length !== second.steps.length || JSON.stringify(first.output) !== JSON.stringify(second.output)) throw differs('what the model computes');
  const steps = first.steps.map(({ report: { operation, attributes, outputs }, inputs }, i): Step => {
    const other = second.steps[i];
    if (operation !== other?.report.operation || JSON.stringify([attributes, inputs]) !== JSON.stringify([other.report.attributes, other.inputs])) throw differs(`operation ${operation}`);
    return { operation, attributes, inputs, outputs: outputs.map((made, output) => described(made, other.report.outputs[output])) };
  });
  const nameOf = namesOf(model);
  const constants: Constant[] = [];
  for (const [i, t] of first.constants.entries()) {
    const other = second.constants[i];
    if (!other) throw differs('a constant');
    const name = nameOf(t);
    const [once, twin] = [unrepeated(t), unrepeated(other)];
    const values = await once.read();
    if (name === null) {
      const grows = once.size !== twin.size;
      const again = await twin.read();
      if (grows ? !(isUniform(values) && isUniform(again) && Object.is(values[0], again[0])) : !sameValues(values, again)) throw differs(`a constant of ${String(t)}`);
    }
    constants.push({ ...described(t, other), once: described(once, twin), values, name });
  }
  return { input: described(first.input, second.input), steps, constants, output: first.output };
}
