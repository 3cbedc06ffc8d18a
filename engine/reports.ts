/** Operations as they happen, told to whoever wants to know what a function computes: an exporter, for example. */
import type { Tensor } from './tensor.ts';

/** What an operation depends on beside its differentiable operands. */
export interface Details {
  /** Tensors that nothing flows back to: indices, masks, conditions. */
  readonly others?: readonly (Tensor | null)[];
  /** What is no tensor, by name. Values of no other kind than JSON's, and infinities. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface Report {
  readonly operation: string;
  /** The differentiable operands, then the others. */
  readonly inputs: readonly (Tensor | null)[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

let listener: ((report: Report) => void) | null = null;

/**
 * Tells of every operation within `body`, on the tape or not, in the order in which they are done. An operation that is made of others is told after
 * them and stands for them: of two reports with the same output the later counts. Constants and what is written in place are not told.
 */
export function listening<T>(told: (report: Report) => void, body: () => T): T {
  const before = listener;
  listener = told;
  try {
    return body();
  } finally {
    listener = before;
  }
}

/** Tells the listener, if there is one. */
export function report(operation: string, operands: readonly (Tensor | null)[], outputs: readonly Tensor[], { others = [], attributes = {} }: Details = {}): void {
  listener?.({ operation, inputs: [...operands, ...others], outputs, attributes });
}
