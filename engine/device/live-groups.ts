/** Counts the bind groups that the driver holds. Some crash past a number of them; better is an error before. */
import { LimitError } from '../errors.ts';

export class LiveGroups {
  /** Most at a time. */
  readonly limit: number;
  readonly #collected = new FinalizationRegistry(() => {
    this.#count--;
  });
  #count = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** @throws LimitError when there are as many as the driver can hold */
  make(create: () => GPUBindGroup): GPUBindGroup {
    if (this.limit === Infinity) return create();
    if (this.#count >= this.limit) {
      throw new LimitError(`${this.limit} bind groups (a kernel with the buffers that it is given) are in use, the most that this driver can hold: its memory mappings are limited`
        + ' (Linux: sysctl vm.max_map_count). Take smaller steps, or await device.finish() between them');
    }
    const group = create();
    this.#count++;
    this.#collected.register(group, undefined);
    return group;
  }
}
