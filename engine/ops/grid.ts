/** Workgroup counts. */

const WIDEST = 32_768;

/** For kernels that index by `id.x + id.y * groups.x * 64`: as many workgroups of `per` items as needed, folded where one row is too long. */
export function linearGroups(items: number, per: number): [number, number] {
  const groups = Math.ceil(items / per);
  return groups <= WIDEST ? [groups, 1] : [WIDEST, Math.ceil(groups / WIDEST)];
}
