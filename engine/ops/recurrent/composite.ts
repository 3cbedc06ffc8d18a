/**
 * The recurrence step by step, out of differentiable operations: what the kernels equal, used where their derivative is to be differentiated.
 * It stands above the tape, which it walks itself.
 */
import { partialGradients } from '../../autograd.ts';
import { zeros } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { removeAxis } from '../axes.ts';
import { stack } from '../concat.ts';
import { affine, gt, where } from '../elementwise.ts';
import { linear } from '../linear.ts';
import { slice } from '../slice.ts';
import type { Cell } from './cell.ts';
import type { Direction, RecurrenceInputs } from './recurrence.ts';
import { masked } from './sequence.ts';

function row(x: Tensor, i: number): Tensor {
  return removeAxis(slice(x, [{ start: i, end: i + 1 }]), 0);
}

function columns(x: Tensor, count: number): Tensor[] {
  const size = (x.shape[1] ?? 0) / count;
  return Array.from({ length: count }, (_, i) => slice(x, [null, { start: i * size, end: (i + 1) * size }]));
}

/** As `recurrence`. */
export function compositeStates(cell: Cell, { projected, weight, bias, initial }: RecurrenceInputs, { reverse, lengths }: Direction): Tensor {
  const [time = 0, n = 0] = projected.shape;
  const runs = lengths ? gt(masked(affine(zeros(projected.device, [time, n, 1]), 1, 1), lengths), 0) : null;
  let states = Array.from({ length: cell.planes }, (_, plane) => row(initial, plane));
  const places = [states];
  for (let step = 0; step < time; step++) {
    const at = reverse ? time - 1 - step : step;
    const active = runs && row(runs, at);
    const before = states;
    // What a sequence keeps beyond its end takes no part, not even times 0: it may be no number.
    const used = active ? before.map((state) => where(active, state, 0)) : before;
    const [hidden] = used as [Tensor];
    const next = cell.step(columns(row(projected, at), cell.gates), columns(linear(hidden, weight, bias), cell.gates), used);
    states = active ? next.map((state, plane) => where(active, state, before[plane] ?? 0)) : next;
    places.push(states);
  }
  if (reverse) places.reverse();
  return stack(Array.from({ length: cell.planes }, (_, plane) => stack(places.map((all) => all[plane] ?? initial))));
}

/** Gradients of the recurrence by projected, weight, bias and initial, on the tape. */
export function compositeGradients(cell: Cell, inputs: RecurrenceInputs, direction: Direction, gradient: Tensor): (Tensor | null)[] {
  const parents = [inputs.projected, inputs.weight, inputs.bias, inputs.initial];
  return partialGradients(compositeStates(cell, inputs, direction), parents, { gradient, createGraph: true });
}
