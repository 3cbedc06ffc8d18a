/** Built on the tape: Hessian-vector products, Jacobians, functions with a derivative of the user's own, and a check of derivatives. */
import { grad } from './autograd.ts';
import { ConfigError, NumericsError, ShapeError } from './errors.ts';
import { formatShape, sameShape } from './layout.ts';
import { add, mul } from './ops/elementwise.ts';
import { sum } from './ops/reduce.ts';
import { record, withRecording } from './recording.ts';
import { asLeaf, tensor, zeros } from './tensor.ts';
import type { Tensor } from './tensor.ts';

/** The same values as a leaf of its own. */
function leafOf(x: Tensor): Tensor {
  return asLeaf(x.detach());
}

/**
 * Hessian-vector products of a scalar function, exact, without the Hessian: the gradient of `<gradient, v>`. One product per input, shaped
 * like it; zero where the function is linear. PyTorch: `torch.autograd.functional.hvp`.
 * @param f gives a tensor of one element
 * @throws ShapeError unless there is one `v` shaped like each input
 */
export function hvp(f: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[], vectors: readonly Tensor[]): Tensor[] {
  inputs.forEach((input, i) => {
    const v = vectors[i];
    if (!v || !sameShape(v.shape, input.shape)) throw new ShapeError(`hvp: vector ${i} must have the shape ${formatShape(input.shape)} of its input, got ${v ? formatShape(v.shape) : 'none'}`);
  });
  const leaves = inputs.map(leafOf);
  const slope = withRecording(true, () => {
    const value = f(...leaves);
    const gradients = value.requiresGrad ? grad(value, leaves, { createGraph: true }) : [];
    // A gradient that depends on no input has no derivative.
    const parts = gradients.flatMap((g, i) => (g?.requiresGrad && vectors[i] ? [sum(mul(g, vectors[i]))] : []));
    return parts.length === 0 ? null : parts.reduce((a, b) => add(a, b));
  });
  const products = slope ? grad(slope, leaves) : [];
  return inputs.map((input, i) => products[i] ?? zeros(input.device, input.shape));
}

/**
 * All first derivatives of a function with few outputs, one row per output: `[outputs][inputs]`, both in row-major order. One backward pass
 * per output. PyTorch: `torch.autograd.functional.jacobian`, flattened.
 */
export async function jacobian(f: (x: Tensor) => Tensor, x: Tensor): Promise<Float32Array[]> {
  const leaf = leafOf(x);
  const y = withRecording(true, () => f(leaf));
  const rows: Float32Array[] = [];
  for (let i = 0; i < y.size; i++) {
    const one = tensor(x.device, Float32Array.from({ length: y.size }, (_, j) => (j === i ? 1 : 0)), y.shape, { dtype: y.dtype });
    const [row] = y.requiresGrad ? grad(y, [leaf], { gradient: one }) : [];
    rows.push(row ? (await row.read()) as Float32Array : new Float32Array(x.size));
  }
  return rows;
}

/**
 * A function with a derivative of the caller's own. PyTorch: `torch.autograd.Function`.
 * @param forward is not recorded
 * @param derivative from the gradient of the result to those of the inputs, in their order, null where there is none; made of recorded
 *   operations it can be differentiated again
 * @example custom('straightThrough', [x], sign, (g) => [g])
 */
export function custom(name: string, inputs: readonly Tensor[], forward: (...inputs: Tensor[]) => Tensor, derivative: (gradient: Tensor, result: Tensor) => readonly (Tensor | null)[]): Tensor {
  const result = withRecording(false, () => forward(...inputs.map((input) => input.detach()))).detach();
  return record(result, name, inputs, (g) => {
    const parts = derivative(g, result);
    if (parts.length !== inputs.length) throw new ShapeError(`${name}: the derivative gives ${parts.length} gradients for ${inputs.length} inputs`);
    parts.forEach((part, i) => {
      const input = inputs[i];
      if (part && input && !sameShape(part.shape, input.shape)) throw new ShapeError(`${name}: gradient ${i} has shape ${formatShape(part.shape)}, its input ${formatShape(input.shape)}`);
    });
    return parts;
  }, null);
}

export interface GradcheckOptions {
  /** Step of the central difference; default 1e-2. Smaller is not better: the function is computed in float32. */
  readonly epsilon?: number;
  /** Allowed: `atol + rtol |numeric|`. Defaults 1e-2 and 1e-3. */
  readonly rtol?: number;
  readonly atol?: number;
}

/**
 * Compares the derivatives of a function with central differences, in a fixed random-looking direction of its outputs. Costs two evaluations
 * per input element. PyTorch: `torch.autograd.gradcheck`, in float32.
 * @throws NumericsError naming the first element that differs
 */
export async function gradcheck(f: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[], { epsilon = 1e-2, rtol = 1e-2, atol = 1e-3 }: GradcheckOptions = {}): Promise<void> {
  const [first] = inputs;
  if (!first) throw new ConfigError('gradcheck: there are no inputs');
  const { device } = first;
  const weigh = (y: Tensor): Tensor => sum(mul(y, tensor(device, Float32Array.from({ length: y.size }, (_, i) => Math.cos(1 + 2.3 * i)), y.shape)));
  const leaves = inputs.map(leafOf);
  const value = withRecording(true, () => weigh(f(...leaves)));
  const gradients = value.requiresGrad ? grad(value, leaves) : [];
  for (const [k, input] of inputs.entries()) {
    const analytic = (await gradients[k]?.read()) ?? new Float32Array(input.size);
    const values = await input.read();
    for (let i = 0; i < values.length; i++) {
      const at = async (shift: number): Promise<number> => {
        using _scope = device.scope();
        const moved = Float32Array.from(values);
        moved[i] = (moved[i] ?? 0) + shift;
        return await withRecording(false, () => weigh(f(...inputs.map((other, j) => (j === k ? tensor(device, moved, input.shape) : other.detach()))))).item();
      };
      const numeric = ((await at(epsilon)) - (await at(-epsilon))) / (2 * epsilon);
      const got = analytic[i] ?? NaN;
      if (!(Math.abs(got - numeric) <= atol + rtol * Math.abs(numeric))) throw new NumericsError(`gradcheck: element ${i} of input ${k}: the derivative is ${got}, the central difference ${numeric}`);
    }
  }
}
