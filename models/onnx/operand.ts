/** What operators are made from: the operands of one of the engine's operations, and what it depends on besides. */
import { ConfigError } from '../../engine/index.ts';
import type { HostArray, Shape } from '../../engine/index.ts';
import type { Graph } from './graph.ts';
import { COUNTS, sizesOf } from './sizes.ts';
import type { Sizes } from './sizes.ts';
import type { Described } from './trace.ts';

export interface Operand extends Described {
  /** Its name in the graph, where it is put on the first call. */
  name(): string;
  /** Where it is the same for all inputs: row-major. */
  readonly values?: HostArray;
  /** Where it only repeats another along axes: that one. */
  readonly repeated?: Operand;
}

/** One of the engine's operations, to be put into a graph. */
export class Call {
  readonly graph: Graph;
  readonly operation: string;
  readonly inputs: readonly (Operand | null)[];
  readonly outputs: readonly Described[];
  readonly #attributes: Readonly<Record<string, unknown>>;

  constructor(graph: Graph, operation: string, attributes: Readonly<Record<string, unknown>>, inputs: readonly (Operand | null)[], outputs: readonly Described[]) {
    this.graph = graph;
    this.operation = operation;
    this.inputs = inputs;
    this.outputs = outputs;
    this.#attributes = attributes;
  }

  /** The operand at a place. */
  at(i: number): Operand {
    const operand = this.inputs[i];
    if (!operand) throw new ConfigError(`internal: ${this.operation} without operand ${i}`);
    return operand;
  }

  name(i: number): string {
    return this.at(i).name();
  }

  /** The shape of an operand with the first number of inputs. */
  shape(i: number): Shape {
    return this.at(i).shapes[0];
  }

  /** The first result. */
  get result(): Described {
    const [first] = this.outputs;
    if (!first) throw new ConfigError(`internal: ${this.operation} without a result`);
    return first;
  }

  get sizes(): Sizes {
    return sizesOf(this.result.shapes);
  }

  has(attribute: string): boolean {
    return this.#attributes[attribute] !== undefined && this.#attributes[attribute] !== null;
  }

  /** @throws ConfigError: the operation does not say what a graph needs */
  number(attribute: string): number {
    const value = this.#attributes[attribute];
    return typeof value === 'number' ? value : this.#lacks(attribute);
  }

  text(attribute: string): string {
    const value = this.#attributes[attribute];
    return typeof value === 'string' ? value : this.#lacks(attribute);
  }

  flag(attribute: string): boolean {
    const value = this.#attributes[attribute];
    return typeof value === 'boolean' ? value : this.#lacks(attribute);
  }

  numbers(attribute: string): readonly number[] {
    return this.list(attribute) as readonly number[];
  }

  list(attribute: string): readonly unknown[] {
    const value = this.#attributes[attribute];
    return Array.isArray(value) ? value as readonly unknown[] : this.#lacks(attribute);
  }

  /** Refuses the operation. */
  refuse(why: string): never {
    throw new ConfigError(`exportOnnx: ${this.operation} of ${this.inputs.map((operand) => operand ? `[${operand.shapes[0].join(', ')}]` : 'nothing').join(', ')} (with ${COUNTS[0]} inputs) cannot be exported: ${why}`);
  }

  #lacks(attribute: string): never {
    return this.refuse(`it does not say its ${attribute}`);
  }
}

/** Puts an operation into its graph. Returns the names of its results, the first ones at least. */
export type Emitter = (call: Call) => string | readonly string[];

export type Emitters = Readonly<Record<string, Emitter>>;

/** What all have in common that are repeated to one shape, or null where that is another. */
function broadcast(shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, d) => shapes.reduce((size, shape) => {
    const own = shape[d - rank + shape.length] ?? 1;
    return own === 1 ? size : own;
  }, 1));
}

/** Names of operands that the operator repeats itself: without what repeated them before, where the result's shape follows without. */
export function unrepeated(operands: readonly Operand[], result: Described): string[] {
  const sources = operands.map((operand) => operand.repeated ?? operand);
  const enough = result.shapes.every((shape, i) => broadcast(sources.map(({ shapes }) => shapes[i as 0 | 1])).join() === shape.join());
  return (enough ? sources : operands).map((operand) => operand.name());
}
