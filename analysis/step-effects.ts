/**
 * What a step of one task does to the loss of another: as its gradient has it to first order, and as it is. The step of the task with gradient a is
 * -η Γ a; Thakur et al., AISTATS 2025, equations 34 and 45, of which both theorems are about.
 */
import { compareLossChange, maskedAlignment, predictedChange } from '../apo/index.ts';
import { backward, noGrad } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';

export interface StepEffect {
  /** The cosine between the affected task's gradient and the step Γa; NaN where one of them is 0. */
  readonly cosine: number;
  /** -η bᵀΓa. */
  readonly predicted: number;
  /** The change of the loss. */
  readonly realised: number;
  /** The curvature H along the step that makes -η bᵀΓa + ½ η² H |Γa|² the realised change; NaN where there is no step. */
  readonly curvature: number;
}

/**
 * The learning rate below which the step helps if the curvature along it is what it is at `lr`: 2 bᵀΓa / (H |Γa|²), infinite where the loss does not bend
 * upwards; 0 if no rate helps, NaN where there is no step.
 */
export function rateThatHelps({ predicted, realised }: Pick<StepEffect, 'predicted' | 'realised'>, lr: number): number {
  if (predicted === 0 && realised === 0) return NaN;
  if (predicted >= 0) return 0;
  return realised > predicted ? (lr * predicted) / (predicted - realised) : Infinity;
}

/**
 * At the parameters as they are, which stay, in the mode that the model is in; the model's gradients are 0 afterwards. Steps are of the shared parameters
 * alone. Takes as many copies of their gradients on the host as there are tasks.
 * @param losses for each task one that makes its loss of a batch, shape [], on the tape; the same at every call
 * @param factors for each task the diagonal of its Γ, laid out as `model.shared`; default: 1
 * @returns rows by the task that is affected, columns by the task that takes the step
 */
export async function stepEffects(model: MultiTaskModel, losses: readonly (() => Tensor)[], { lr, factors }: { readonly lr: number; readonly factors?: readonly ArrayLike<number>[] }): Promise<readonly (readonly StepEffect[])[]> {
  const { values, gradients, device } = model.shared;
  using _scope = device.scope();
  const rows: Float32Array[] = [];
  for (const loss of losses) {
    using _pass = device.scope();
    model.zeroGrad();
    backward(loss());
    rows.push(Float32Array.from(await gradients.read()));
  }
  model.zeroGrad();
  const start = Float32Array.from(await values.read());
  const ones = new Float32Array(start.length).fill(1);
  const measured = async (): Promise<number[]> => {
    using _pass = device.scope();
    return await Promise.all(losses.map((loss) => noGrad(loss).item()));
  };
  const before = await measured();
  const columns: StepEffect[][] = [];
  try {
    for (const [t, a] of rows.entries()) {
      const gamma = factors?.[t] ?? ones;
      values.write(start.map((value, i) => value - lr * (gamma[i] ?? 0) * (a[i] ?? 0)));
      const after = await measured();
      columns.push(rows.map((b, s) => effectOf(b, a, gamma, lr, (after[s] ?? NaN) - (before[s] ?? NaN))));
    }
  } finally {
    values.write(start);
  }
  return rows.map((_, s) => columns.flatMap((column) => column[s] ?? []));
}

function effectOf(b: ArrayLike<number>, a: ArrayLike<number>, gamma: ArrayLike<number>, lr: number, realised: number): StepEffect {
  const alignment = maskedAlignment(b, a, gamma);
  const predicted = predictedChange(alignment, lr);
  const { impliedCurvature } = compareLossChange({ predicted, squaredStep: lr * lr * alignment.squaredLength }, realised);
  return { cosine: alignment.cosine, predicted, realised, curvature: impliedCurvature };
}
