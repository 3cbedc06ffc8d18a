/** What happens to an optimizer in a test: initial parameters, then gradients of one task after the other, and ends of epochs. */
import fc from 'fast-check';
import { arrays } from './arrays.ts';
import type { ValueKind } from './values.ts';

/** Parameters and gradients are one vector, in which the tensors follow each other. */
export interface Script {
  /** Of the tensors. */
  readonly lengths: readonly number[];
  readonly initial: Float32Array;
  readonly events: readonly ScriptEvent[];
}

export type ScriptEvent = { readonly task: string; readonly gradient: Float32Array } | 'endEpoch';

export interface ScriptOptions {
  readonly tasks: readonly string[];
  /** Lengths of the tensors. Default: one to three tensors of 2 to 9 or of 60 to 70 elements. */
  readonly lengths?: fc.Arbitrary<readonly number[]>;
  /** Kinds of gradients. Default: values that float32 computes with exactly, many of them equal. */
  readonly kinds?: readonly ValueKind[];
  /** Largest number of events; default 8. */
  readonly events?: number;
}

const LENGTHS = fc.array(fc.oneof(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 60, max: 70 })), { minLength: 1, maxLength: 3 });

/** Scripts for these tasks. */
export function scripts({ tasks, lengths = LENGTHS, kinds = ['dyadic', 'dyadic', 'ties', 'zeros'], events = 8 }: ScriptOptions): fc.Arbitrary<Script> {
  return lengths.chain((all) => {
    const size = all.reduce((a, b) => a + b, 0);
    const step: fc.Arbitrary<ScriptEvent> = fc.record({ task: fc.constantFrom(...tasks), gradient: arrays(size, kinds) });
    return fc.record({
      lengths: fc.constant(all),
      initial: arrays(size, ['dyadic', 'spread']),
      events: fc.array(fc.oneof({ weight: 5, arbitrary: step }, { weight: 1, arbitrary: fc.constant('endEpoch' as const) }), { minLength: 1, maxLength: events }),
    });
  });
}
