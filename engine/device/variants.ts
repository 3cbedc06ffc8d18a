/**
 * Which variant of a kernel suits an adapter: the one table that knows. Entries are measured by `npm run bench:tune` and pasted here; nothing is tuned at
 * run time, so that the same adapter gives the same bits. `docs/gpu.md` says which entries were measured.
 */
import type { AdapterDescription } from './adapter.ts';
import type { MatrixUnits } from './matrix-units.ts';

/** `subgroup` needs subgroups of the size in the same entry; `tile` works everywhere. */
export type Kind = 'subgroup' | 'tile';

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

export interface Variants {
  /** Lanes of a subgroup, baked into the kernels that share values between lanes; null where none does. */
  readonly subgroup: 4 | 8 | null;
  /** Matrix products and convolutions. */
  readonly contraction: Kind;
  readonly attention: Kind;
  /** `subgroup`: a dispatch is a whole sequence; `tile`: a step, over more workgroups. */
  readonly recurrent: Kind;
  /** A contraction of fewer workgroups is split along its depth, as far as slices are at least so long. */
  readonly splitBelow: number;
  readonly shortestSlice: number;
  /** Which 3x3 convolutions go Winograd's way; null: none. */
  readonly winograd: WinogradRule | null;
  /** The adapter's own; in no entry, but there where the device was opened with `subgroupMatrix`. */
  readonly matrixUnits?: MatrixUnits | null;
}

const PORTABLE: Variants = { subgroup: null, contraction: 'tile', attention: 'tile', recurrent: 'tile', splitBelow: 64, shortestSlice: 256, winograd: null };

export type AdapterClass = 'portable' | 'software-8' | 'software-4' | 'nvidia';

export const VARIANTS: Readonly<Record<AdapterClass, Variants>> = {
  /** Right on every adapter, and taken wherever no other entry is for it. */
  portable: PORTABLE,
  /** Software adapters, where a load costs more than arithmetic: lavapipe on AVX. */
  'software-8': {
    subgroup: 8, contraction: 'subgroup', attention: 'subgroup', recurrent: 'subgroup', splitBelow: 64, shortestSlice: 256,
    winograd: { sums: { images: 40, weights: 20 }, tiles: 96, workspace: 1 << 26 },
  },
  /** SwiftShader. */
  'software-4': {
    subgroup: 4, contraction: 'subgroup', attention: 'subgroup', recurrent: 'subgroup', splitBelow: 64, shortestSlice: 256,
    winograd: { sums: { images: 30, weights: 10 }, tiles: 96, workspace: 1 << 26 },
  },
  /** Reasoned, not measured: two workgroups for each of some hundred multiprocessors. */
  nvidia: { ...PORTABLE, splitBelow: 256 },
};

/** What an adapter says of itself that decides. */
export interface Facts {
  readonly vendor: string;
  /** Undefined where the host does not tell. */
  readonly subgroupMinSize?: number | undefined;
  readonly subgroupMaxSize?: number | undefined;
}

/** The size of its subgroups, if it has some of one size that the kernels know; null otherwise. */
export function subgroupOf(features: ReadonlySet<string>, { subgroupMinSize, subgroupMaxSize }: Facts): 4 | 8 | null {
  if (!features.has('subgroups') || subgroupMinSize !== subgroupMaxSize) return null;
  return subgroupMinSize === 4 || subgroupMinSize === 8 ? subgroupMinSize : null;
}

export function classOf({ kind }: Pick<AdapterDescription, 'kind'>, features: ReadonlySet<string>, facts: Facts): AdapterClass {
  if (kind === 'hardware') return /nvidia/i.test(facts.vendor) ? 'nvidia' : 'portable';
  const size = subgroupOf(features, facts);
  return size === null ? 'portable' : `software-${size}`;
}

/** Rows and columns of the contraction that a workgroup computes. */
export function tileOf({ contraction, subgroup }: Variants): readonly [number, number] {
  return contraction === 'subgroup' && subgroup !== null ? [16, 4 * subgroup] : [64, 64];
}

/** The lanes to bake in, where the variant shares values between them; null for the one that works everywhere. */
export function lanesOf({ subgroup }: Variants, kind: Kind): 4 | 8 | null {
  return kind === 'subgroup' ? subgroup : null;
}
