/**
 * Capture and replay. A step with fixed shapes is run once without the device: its commands are kept, its temporary memory is planned,
 * its bind groups and parameters are made. A replay then encodes the list and submits it once, with no other work in JavaScript.
 */
import type { EntryPoint, Kernel, ParamSource } from './kernel.ts';
import { LowestFirst } from './lowest-first.ts';
import type { Memory, Storage } from './memory.ts';
import type { Pipeline } from './pipelines.ts';
import type { Binding } from './stream.ts';

export type Command =
  | { readonly kind: 'dispatch'; readonly kernel: Kernel; readonly entry: EntryPoint; readonly pipeline: Pipeline; readonly buffers: Readonly<Record<string, Binding>>; readonly params: ParamSource | null; readonly groups: readonly [number, number, number]; readonly flops: number }
  | { readonly kind: 'clear'; readonly binding: Binding }
  | { readonly kind: 'copy'; readonly from: Storage; readonly fromOffset: number; readonly to: Storage; readonly toOffset: number; readonly bytes: number };

/** What a step left while it was recorded. */
export interface Recording {
  readonly commands: Command[];
  /** Storages that the step allocated. None has a buffer yet, except those that hold host data. */
  readonly created: Storage[];
}

export interface MemoryPlan {
  /** Buffers that the temporary storages share; they belong to the captured step. */
  readonly buffers: readonly Storage[];
  /** Bytes of these. */
  readonly plannedBytes: number;
  /** Bytes that the same storages take when each has a buffer of its own, as in an eager step. */
  readonly eagerBytes: number;
}

export function storagesOf(command: Command): readonly Storage[] {
  if (command.kind === 'dispatch') return Object.values(command.buffers).map((binding) => binding.storage);
  return command.kind === 'clear' ? [command.binding.storage] : [command.from, command.to];
}

/**
 * Gives every temporary storage a buffer, from its first use to its last; then the next one of that size may have it. What outlives the
 * step gets a buffer of its own. Whichever is free and came first is taken, so that the passes of a loop share their buffers.
 */
export function planMemory({ commands, created }: Recording, memory: Memory): MemoryPlan {
  const temporary = new Set(created.filter((storage) => !storage.alive && !storage.isPlaced));
  for (const storage of created) if (storage.alive && !storage.isPlaced) memory.place(storage);
  const last = new Map<Storage, number>();
  commands.forEach((command, i) => {
    for (const storage of storagesOf(command)) if (temporary.has(storage)) last.set(storage, i);
  });
  const buffers: Storage[] = [];
  const free = new Map<number, LowestFirst<Storage>>();
  const given = new Map<Storage, Storage>();
  let eagerBytes = 0;
  commands.forEach((command, i) => {
    const used = [...new Set(storagesOf(command))].filter((storage) => temporary.has(storage));
    for (const storage of used) {
      if (given.has(storage)) continue;
      let buffer = free.get(storage.size)?.pop();
      if (!buffer) buffers.push((buffer = memory.allocate(storage.size)));
      given.set(storage, buffer);
      storage.placeIn(buffer);
      eagerBytes += storage.size;
    }
    for (const storage of used) {
      const buffer = given.get(storage);
      if (last.get(storage) !== i || !buffer) continue;
      let list = free.get(storage.size);
      if (!list) free.set(storage.size, (list = new LowestFirst()));
      list.push(buffer);
    }
  });
  return { buffers, plannedBytes: buffers.reduce((total, buffer) => total + buffer.size, 0), eagerBytes };
}
