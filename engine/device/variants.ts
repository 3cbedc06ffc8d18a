/** Which variant of a kernel suits an adapter: the one table that knows. */
import type { AdapterDescription } from './adapter.ts';

/** `subgroup` is the size that is baked in; `tile` works everywhere. */
export type ContractionVariant = { readonly kind: 'subgroup'; readonly size: 4 | 8 } | { readonly kind: 'tile' };

/** Subgroup broadcast pays where a load costs more than arithmetic: on software adapters. */
export function chooseContraction(adapter: AdapterDescription, features: ReadonlySet<string>, info: GPUAdapterInfo): ContractionVariant {
  const size = info.subgroupMinSize;
  if (adapter.kind === 'software' && features.has('subgroups') && size === info.subgroupMaxSize && (size === 4 || size === 8)) return { kind: 'subgroup', size };
  return { kind: 'tile' };
}

/** From where on Winograd's way to a 3x3 convolution pays. */
export interface WinogradRule {
  /** Least inputs * outputs / (inputs + outputs), channels each: products grow with the numerator, transforms with the denominator. */
  readonly sums: number;
  /** Least number of 2x2 tiles in all results. */
  readonly tiles: number;
  /** Bytes that the transformed tiles of the images may take, and those of the results too: more images than fit follow one another. */
  readonly workspace: number;
}

const WORKSPACE = 1 << 26;

/** Measured where loads are dear; elsewhere nobody knows. */
export function chooseWinograd(contraction: ContractionVariant): WinogradRule | null {
  if (contraction.kind !== 'subgroup') return null;
  return { ...contraction.size === 8 ? { sums: 40, tiles: 96 } : { sums: 20, tiles: 48 }, workspace: WORKSPACE };
}
