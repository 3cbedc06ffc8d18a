/** Units that multiply small matrices, which Dawn offers as an experimental feature and no adapter must have: what of them the engine's kernels can use. */
import type { Facts } from './variants.ts';

export const MATRIX_FEATURE = 'chromium-experimental-subgroup-matrix';

/** Which operands they multiply, unrounded and with float32 sums, and the lanes of the subgroup that shares the matrices. */
export interface MatrixUnits {
  readonly lanes: number;
  readonly float32: boolean;
  readonly float16: boolean;
}

/** `M` x `K` by `K` x `N`, as `GPUAdapterInfo.subgroupMatrixConfigs` lists them. */
export interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** Null without the feature, without subgroups of one size, or where no listed size is a kernel's. */
export function matrixUnitsOf(features: ReadonlySet<string>, info: Facts & { readonly subgroupMatrixConfigs?: Iterable<MatrixConfig> }): MatrixUnits | null {
  const { subgroupMinSize: lanes = 0, subgroupMaxSize, subgroupMatrixConfigs = [] } = info;
  if (!features.has(MATRIX_FEATURE) || !features.has('subgroups') || lanes === 0 || lanes !== subgroupMaxSize) return null;
  const configs = [...subgroupMatrixConfigs];
  const lists = (type: string, side: number): boolean =>
    configs.some(({ componentType, resultComponentType, M, N, K }) => componentType === type && resultComponentType === 'f32' && M === side && N === side && K === side);
  const [float32, float16] = [lists('f32', 8), features.has('shader-f16') && lists('f16', 16)];
  return float32 || float16 ? { lanes, float32, float16 } : null;
}
