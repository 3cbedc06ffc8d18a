/** Claims between steps: counted, read as data, grown older, released. */
import kernel from '../kernels/apo_claims.wgsl';
import { ConfigError } from '../engine/errors.ts';
import { linearGroups } from '../engine/ops/grid.ts';
import { tensor, zeros } from '../engine/tensor.ts';
import { blockTables, groupsOf } from './groups.ts';
import { layerOf, ownership } from './ownership.ts';
import type { Ownership } from './ownership.ts';
import type { APOVectors } from './vectors.ts';

/** All claims of a task are given up. @param task its number */
export function releaseClaims(v: APOVectors, task: number): void {
  sweep(v, 'release', { task });
}

/** Claims grow older by an epoch. @param patience they end after so many whole epochs without use; 0 for never */
export function ageClaims(v: APOVectors, patience: number): void {
  sweep(v, 'grow_older', { patience });
}

function sweep({ arena, tables, blocks, owner }: APOVectors, entry: 'grow_older' | 'release', numbers: { task?: number; patience?: number }): void {
  for (const { chunk, first, end } of tables.runs) {
    arena.device.dispatch(kernel, { entry, params: { first, end, width: 0, patience: 0, task: 0, ...numbers }, groups: linearGroups(end - first, 1), buffers: { blocks: blocks.binding, owner: arena.bind(owner, chunk) } });
  }
}

export async function countOwners({ arena, registry, groups, owner }: APOVectors): Promise<Ownership> {
  const { device, segments } = arena;
  using _scope = device.scope();
  // By tensor, whatever shares a threshold.
  const table = blockTables(groupsOf(segments, { granularity: 'tensor', split: {}, oneElement: 'exempt' }), arena.chunks);
  const blocks = tensor(device, table.blocks).binding;
  const width = registry.largest + 1;
  const counts = zeros(device, [segments.length, width], { dtype: 'uint32' });
  for (const { chunk, first, end } of table.runs) {
    device.dispatch(kernel, { entry: 'count_owners', params: { first, end, width, patience: 0, task: 0 }, groups: linearGroups(end - first, 1), buffers: { blocks, owners: arena.bind(owner, chunk), counts: counts.binding } });
  }
  const ids = [0, ...registry.names.map((task) => registry.id(task))];
  const exempt = new Set(groups.filter((group) => group.exempt).flatMap(({ pieces }) => pieces.map((piece) => piece.tensor)));
  const found = await counts.read();
  return ownership(registry.names, segments.map(({ name }, i) => ({ name, exempt: exempt.has(i), counts: ids.map((id) => found[i * width + id] ?? 0) })));
}

/** Owners laid out as the arena: 0 for nobody, t + 1 for the task at position t. */
export async function ownerVector({ owner, registry: { positions } }: APOVectors): Promise<Uint32Array> {
  return Uint32Array.from(await owner.read(), (word) => positions.get(word & 0xffff) ?? 0);
}

/** @throws ConfigError for an unknown layer */
export async function ownerMaps(v: APOVectors, layer?: string): Promise<Map<string, { shape: readonly number[]; data: Uint32Array }>> {
  const { segments } = v.arena;
  const wanted = segments.filter(({ name }) => layer === undefined || layerOf(name) === layer);
  if (wanted.length === 0 && layer !== undefined) throw new ConfigError(`there is no layer ${layer}; there are: ${[...new Set(segments.map(({ name }) => layerOf(name)))].join(', ')}`);
  const all = await ownerVector(v);
  return new Map(wanted.map(({ name, shape, offset, length }) => [name, { shape, data: all.slice(offset, offset + length) }]));
}
