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

/** From where on Winograd's way to a 3x3 convolution and its gradients pays. */
export interface WinogradRule {
  /**
   * Least inputs * outputs / (inputs + outputs), channels each: products grow with the numerator, transforms with the denominator. For results and the
   * gradient by the images, and for the gradient by the weights, which multiplies longer sums and transforms little back.
   */
  readonly sums: { readonly images: number; readonly weights: number };
  /** Least number of 2x2 tiles in all results. */
  readonly tiles: number;
  /** Bytes that the transformed tiles of the images may take, and those of the results too: more images than fit follow one another. */
  readonly workspace: number;
}

/** Measured where loads are dear, by `npm run bench:winograd`; elsewhere nobody knows. */
export function chooseWinograd(contraction: ContractionVariant): WinogradRule | null {
  if (contraction.kind !== 'subgroup') return null;
  return { sums: contraction.size === 8 ? { images: 40, weights: 20 } : { images: 30, weights: 10 }, tiles: 96, workspace: 1 << 26 };
}
