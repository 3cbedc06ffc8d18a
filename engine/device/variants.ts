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
