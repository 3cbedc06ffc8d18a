/** A graph of ONNX's operators while it grows: equal nodes and equal constants are there once. */
import { LimitError, sameShape, sizeOf } from '../../engine/index.ts';
import type { Shape } from '../../engine/index.ts';
import { ELEMENT, attributeProto } from './schema.ts';
import type { Attribute, ElementType, NodeProto, TensorProto } from './schema.ts';
import type { Sizes } from './sizes.ts';

/** A message of Protocol Buffers holds less than 2 GiB. */
const MOST_BYTES = 2 ** 31 - 2 ** 20;

const ARRAYS = { float32: Float32Array, int64: BigInt64Array, bool: Uint8Array } as const;

function bytesOf(type: ElementType, values: ArrayLike<number>): Uint8Array {
  const data = type === 'int64' ? BigInt64Array.from(Array.from(values), BigInt) : ARRAYS[type].from(values);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

export class Graph {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  /** Where the size of the batch is read off: the first axis of it. */
  readonly #batchOf: string;
  readonly #taken = new Set<string>();
  readonly #known = new Map<string, readonly string[]>();
  readonly #constants = new Map<string, TensorProto[]>();
  #bytes = 0;

  /** @param inputs their names */
  constructor(inputs: readonly string[]) {
    for (const name of inputs) this.#taken.add(name);
    this.#batchOf = inputs[0] ?? '';
  }

  /** The results of an operator; of the same one with the same inputs and attributes, those that it has. An input that is left out is ''. */
  node(opType: string, input: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}, results = 1): readonly string[] {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    const key = JSON.stringify([opType, input, Object.entries(attributes), results]);
    const before = this.#known.get(key);
    if (before) return before;
    const name = this.#fresh(opType.toLowerCase());
    const output = Array.from({ length: results }, (_, i) => results === 1 ? name : this.#fresh(`${name}.${i}`));
    this.nodes.push({ name, opType, input, output, attribute });
    this.#known.set(key, output);
    return output;
  }

  /** The one result of an operator. */
  value(opType: string, input: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.node(opType, input, attributes)[0] ?? '';
  }

  /** The same value under a name that the outside knows. */
  output(name: string, value: string): void {
    this.#taken.add(name);
    this.nodes.push({ name, opType: 'Identity', input: [value], output: [name], attribute: [] });
  }

  /** @param hint its name where it is free, or the start of it */
  constant(type: ElementType, dims: Shape, values: ArrayLike<number>, hint = 'constant'): string {
    const rawData = bytesOf(type, values);
    const key = `${type} ${dims.join(' ')} ${hashOf(rawData)}`;
    const alike = this.#constants.get(key) ?? [];
    const found = alike.find((tensor) => sameShape(tensor.dims, dims) && sameBytes(tensor.rawData, rawData));
    if (found) return found.name;
    this.#bytes += rawData.length;
    if (this.#bytes > MOST_BYTES) throw new LimitError(`exportOnnx: the weights take more than ${MOST_BYTES} bytes, the most that one ONNX file holds: use safetensors`);
    const tensor = { name: this.#fresh(hint), dims, dataType: ELEMENT[type], rawData };
    this.initializers.push(tensor);
    this.#constants.set(key, [...alike, tensor]);
    return tensor.name;
  }

  scalar(value: number): string {
    return this.constant('float32', [], [value]);
  }

  /** Whole numbers, `[k]`. */
  numbers(values: readonly number[]): string {
    return this.constant('int64', [values.length], values);
  }

  /** A shape as an operator takes it. @param open whether one size may be left to be inferred, -1 */
  shape(sizes: Sizes, open = false): string {
    const fixed = sizes.filter((size) => typeof size === 'number');
    const left = sizes.length - fixed.length;
    if (left === 0 || (open && left === 1 && sizeOf(fixed) > 0)) return this.numbers(sizes.map((size) => typeof size === 'number' ? size : -1));
    const batch = this.value('Shape', [this.#batchOf], { start: 0, end: 1 });
    const parts = sizes.map((size) => typeof size === 'number' ? this.numbers([size]) : size.times === 1 ? batch : this.value('Mul', [batch, this.numbers([size.times])]));
    return parts.length === 1 ? parts[0] ?? '' : this.value('Concat', parts, { axis: 0 });
  }

  #fresh(hint: string): string {
    for (let n = 0; ; n++) {
      const name = n === 0 ? hint : `${hint}_${n}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }
}
