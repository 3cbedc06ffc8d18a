/**
 * How a step of one task meets another. A step of the task with gradient a is -η Γ a, where Γ is 0 where the task is not sensitive, 1 where it
 * owns or claims, 1 / damping where another task owns; to the task with gradient b it is worth -η bᵀΓa, to first order.
 */
import type { APO } from '../apo.ts';
import type { Group } from '../groups.ts';
import type { ResolvedOptions } from '../options.ts';

export interface StepFacts {
  /** G of the task, laid out as the arena, and so are the owners. */
  readonly sensitivity: ArrayLike<number>;
  /** 0 for nobody, t + 1 for the task at position t. */
  readonly owners: ArrayLike<number>;
  /** Position of the task that takes the step. */
  readonly task: number;
  readonly groups: readonly Group[];
  readonly options: ResolvedOptions;
}

/**
 * The diagonal of Γ for a step with G as it is, laid out as the arena; gaps are 0. The pull towards the anchor, a warm-up, a claim budget and
 * the decay of idle claims are not in it.
 */
export function stepFactors({ sensitivity, owners, task, groups, options }: StepFacts): Float32Array {
  const factors = new Float32Array(sensitivity.length);
  const plain = options.plainStep === 'added' ? 1 : 0;
  const gentle = plain + options.protectedSteps / options.damping;
  for (const { pieces, exempt, length } of groups) {
    const threshold = exempt ? -1 : thresholdOf(sensitivity, pieces, length, options);
    for (const { offset, length: size } of pieces) for (let i = offset; i < offset + size; i++) {
      const owner = owners[i] ?? 0;
      if (!(Math.abs(sensitivity[i] ?? 0) > threshold)) factors[i] = plain;
      else factors[i] = owner === 0 || owner === task + 1 || exempt ? plain + 1 : gentle;
    }
  }
  return factors;
}

function thresholdOf(G: ArrayLike<number>, pieces: Group['pieces'], length: number, { statistic, correction, k, floor }: ResolvedOptions): number {
  if (length <= correction) return Infinity;
  const total = (f: (value: number) => number): number => {
    let sum = 0;
    for (const { offset, length: size } of pieces) for (let i = offset; i < offset + size; i++) sum += f(statistic === 'signed' ? G[i] ?? 0 : Math.abs(G[i] ?? 0));
    return sum;
  };
  const mean = total((value) => value) / length;
  const threshold = mean + k * Math.sqrt(total((value) => (value - mean) ** 2) / (length - correction));
  return floor > 0 ? Math.max(threshold, floor) : threshold;
}

/** `stepFactors` of an optimizer as it stands. Reads back; for the end of an epoch. @throws ConfigError for an unknown task */
export async function factorsOf(apo: APO, task: string): Promise<Float32Array> {
  const [sensitivity, owners] = [await apo.sensitivity(task), await apo.ownerVector()];
  return stepFactors({ sensitivity, owners, task: apo.tasks.indexOf(task), groups: apo.groups, options: apo.options });
}

export interface Alignment {
  /** bᵀΓa: above 0 the step helps, to first order. */
  readonly slope: number;
  /** |Γa|². */
  readonly squaredLength: number;
  /** The cosine between b and Γa; NaN where one of them is 0. */
  readonly cosine: number;
}

/** @param b gradient of the task that is affected @param a gradient of the task that takes the step @param factors diagonal of Γ */
export function maskedAlignment(b: ArrayLike<number>, a: ArrayLike<number>, factors: ArrayLike<number>): Alignment {
  let [slope, squaredLength, square] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const step = (factors[i] ?? 0) * (a[i] ?? 0);
    slope += (b[i] ?? 0) * step;
    squaredLength += step * step;
    square += (b[i] ?? 0) ** 2;
  }
  return { slope, squaredLength, cosine: slope / Math.sqrt(squaredLength * square) };
}

/**
 * The alignment of every task with the step of every other.
 * @param tasks the gradient of each on a batch, all at the same parameters, and the factors of its step
 * @returns rows by the task that is affected, columns by the task that takes the step
 */
export function alignmentMatrix(tasks: readonly { readonly gradient: ArrayLike<number>; readonly factors: ArrayLike<number> }[]): readonly (readonly Alignment[])[] {
  return tasks.map((affected) => tasks.map((acting) => maskedAlignment(affected.gradient, acting.gradient, acting.factors)));
}
