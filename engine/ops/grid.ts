/** Workgroup counts. */

const WIDEST = 32_768;

/** For kernels that index by `id.x + id.y * groups.x * 64`: as many workgroups of `per` items as needed, folded where one row is too long. */
export function linearGroups(items: number, per: number): [number, number] {
  const groups = Math.ceil(items / per);
  return groups <= WIDEST ? [groups, 1] : [WIDEST, Math.ceil(groups / WIDEST)];
}

const WHOLE = 256;
const SHORTEST_CHUNK = 32;
/** How many terms an invocation sums at most. */
export const LONGEST_CHUNK = 1024;

/** Into how many chunks a sum of so many terms is divided: one if they are few, else about as many as each then has terms. */
export function chunksOf(terms: number, few: number = WHOLE): number {
  return terms <= few ? 1 : Math.ceil(terms / Math.min(LONGEST_CHUNK, Math.max(SHORTEST_CHUNK, Math.ceil(Math.sqrt(terms)))));
}
