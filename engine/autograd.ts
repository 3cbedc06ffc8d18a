/**
 * The tape: micrograd with tensors (A. Karpathy, 2020). A result remembers its parents and a derivative; `backward` walks them in
 * reverse topological order. Derivatives are made of differentiable operations, so walking with `createGraph` gives higher derivatives.
 */
import { ShapeError, TensorError } from './errors.ts';
import { formatShape, sameShape } from './layout.ts';
import { add } from './ops/elementwise.ts';
import { accumulate, assign, copy } from './ops/strided.ts';
import { isRecording, withRecording } from './recording.ts';
import { checkSameDType, tensor } from './tensor.ts';
import type { Tensor } from './tensor.ts';

export interface BackwardOptions {
  /** Gradient of whatever comes after; default 1 for a result of one element. */
  readonly gradient?: Tensor;
  /** Record the derivatives themselves, so that they can be differentiated again. */
  readonly createGraph?: boolean;
}

/**
 * Adds the gradient of `root` to `grad` of every leaf it depends on.
 * @throws ShapeError when the root has several elements and no `gradient` is given, or one of another shape; TensorError with `createGraph`
 * for parameters of an arena, whose gradients have a fixed place: take them by `grad`
 */
export function backward(root: Tensor, options: BackwardOptions = {}): void {
  const written = new Set<Tensor>();
  const found = gradients(root, options, { written: options.createGraph ? null : written });
  if (options.createGraph) for (const leaf of found.keys()) if (leaf.gradIsFixed) throw new TensorError('backward: the gradients of an arena\'s parameters have a fixed place there and cannot be on the tape: use grad() with createGraph');
  for (const [leaf, gradient] of found) {
    if (written.has(leaf)) continue;
    // A copy: the gradient may be another leaf's too, or a view with repeated elements, and later ones are added in place.
    if (!leaf.grad) leaf.grad = copy(gradient);
    else if (options.createGraph || leaf.grad.node) leaf.grad = add(leaf.grad, gradient);
    else if (claimed(leaf)) assign(leaf.grad, gradient);
    else accumulate(leaf.grad, gradient);
  }
}

/** Where the gradient of a leaf has its place, or of a view of such leaves; null if it has none. */
function placeOf({ node, grad: place, gradIsFixed }: Tensor): Tensor | null {
  if (!node) return gradIsFixed ? place : null;
  const parts = node.seen ? node.parents.map(placeOf).filter((part) => part !== null) : [];
  return parts.length > 0 && parts.length === node.parents.length ? node.seen?.(parts) ?? null : null;
}

/** That place, if nothing was written to it since it was to be cleared. All of it must be written then. */
function claimed(t: Tensor): Tensor | null {
  const place = placeOf(t);
  return place && t.device.claim(place.extent) ? place : null;
}

/** A tensor and what it is a view of. */
function viewed(t: Tensor): readonly Tensor[] {
  return [t, ...t.node?.parents.flatMap(viewed) ?? []];
}

/**
 * Gradients of `root` with respect to `inputs`, leaving every `grad` alone. Null where the root does not depend on the input. Two of them
 * may be one tensor: do not write into them.
 */
export function grad(root: Tensor, inputs: readonly Tensor[], options: BackwardOptions = {}): (Tensor | null)[] {
  const found = gradients(root, options, { wanted: new Set(inputs) });
  return inputs.map((input) => found.get(input) ?? null);
}

/**
 * As `grad`, but the inputs are taken as independent: nothing flows from one through the tape to another, or beyond them. Null where the root
 * does not depend on the input.
 */
export function partialGradients(root: Tensor, inputs: readonly Tensor[], options: BackwardOptions = {}): (Tensor | null)[] {
  const wanted = new Set(inputs);
  const found = gradients(root, options, { wanted, ends: wanted });
  return inputs.map((input) => found.get(input) ?? null);
}

const NONE: ReadonlySet<Tensor> = new Set();

interface Walk {
  /** Default: the leaves. */
  readonly wanted?: ReadonlySet<Tensor>;
  /** Where it goes no further. */
  readonly ends?: ReadonlySet<Tensor>;
  /** Filled with the leaves whose gradients were written where they belong, by the operations themselves; null where that may not be. */
  readonly written?: Set<Tensor> | null;
}

function gradients(root: Tensor, options: BackwardOptions, { wanted, ends = NONE, written = null }: Walk): Map<Tensor, Tensor> {
  if (!root.requiresGrad) throw new TensorError('backward: the result depends on no tensor that requires a gradient');
  const start = options.gradient ?? one(root);
  if (!sameShape(start.shape, root.shape)) throw new ShapeError(`backward: the gradient has shape ${formatShape(start.shape)}, the result ${formatShape(root.shape)}`);
  checkSameDType('backward', root, start);
  const pending = new Map<Tensor, Tensor>([[root, start]]);
  const found = new Map<Tensor, Tensor>();
  withRecording(options.createGraph === true, () => {
    for (const t of topological(root, ends)) {
      const gradient = pending.get(t);
      if (!gradient) continue;
      pending.delete(t);
      if (wanted ? wanted.has(t) : !t.node) found.set(t, gradient);
      if (!t.node || ends.has(t)) continue;
      const { parents, derivative } = t.node;
      const derivatives = derivative(gradient, (i) => {
        const parent = parents[i];
        if (!written || !parent || !placeOf(parent) || viewed(parent).some((t) => pending.has(t))) return null;
        const place = claimed(parent);
        if (place) for (const t of viewed(parent)) pending.set(t, placeOf(t) ?? place);
        if (place) for (const t of viewed(parent)) written.add(t);
        return place;
      });
      parents.forEach((parent, i) => {
        const part = derivatives[i];
        if (!part || !parent.requiresGrad) return;
        const sum = pending.get(parent);
        if (!sum) pending.set(parent, part);
        else if (!written?.has(parent)) pending.set(parent, add(sum, part));
        else if (part.storage !== sum.storage || part.offset !== sum.offset) accumulate(sum, part);
      });
    }
  });
  return found;
}

function one(root: Tensor): Tensor {
  if (root.size !== 1) throw new ShapeError(`backward: a result of shape ${formatShape(root.shape)} needs an explicit gradient`);
  return tensor(root.device, [1], root.shape, { dtype: root.dtype });
}

/** The root first, every tensor before its parents. Iterative: tapes may be deeper than the call stack. */
function topological(root: Tensor, ends: ReadonlySet<Tensor>): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>([root]);
  const stack: { t: Tensor; next: number }[] = [{ t: root, next: 0 }];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const parent = ends.has(top.t) ? undefined : top.t.node?.parents[top.next++];
    if (!parent) {
      order.push(top.t);
      stack.pop();
    } else if (parent.requiresGrad && !seen.has(parent)) {
      seen.add(parent);
      stack.push({ t: parent, next: 0 });
    }
  }
  return order.reverse();
}

/** Runs `body` without recording: for evaluation, and for anything that must not be differentiated. */
export function noGrad<T>(body: () => T): T {
  return withRecording(false, body);
}

export { isRecording };
