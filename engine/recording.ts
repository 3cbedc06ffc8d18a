/** Whether operations go on the tape, and the one way onto it. */
import { report } from './reports.ts';
import type { Details } from './reports.ts';
import type { Tensor, TapeNode } from './tensor.ts';

let recording = true;
let recorded = 0;

/** What comes onto the tape from now on has this serial number or a larger one. */
export function nextSerial(): number {
  return recorded;
}

export function isRecording(): boolean {
  return recording;
}

export function withRecording<T>(on: boolean, body: () => T): T {
  const before = recording;
  recording = on;
  try {
    return body();
  } finally {
    recording = before;
  }
}

/**
 * Puts a result on the tape if any of its parents wants a gradient, and reports it. Returns it.
 * @param details what the operation depends on beside its parents; null: nothing is reported, because all that it is made of was
 * @param seen see `TapeNode`
 */
export function record(result: Tensor, operation: string, parents: readonly Tensor[], derivative: TapeNode['derivative'], details: Details | null = {}, seen?: TapeNode['seen']): Tensor {
  if (details) report(operation, parents, [result], details);
  if (recording && parents.some((parent) => parent.requiresGrad)) {
    result.node = { serial: recorded++, operation, parents, derivative, seen };
    result.requiresGrad = true;
  }
  return result;
}
