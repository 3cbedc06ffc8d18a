/** Work in turns, several at a time. */

/**
 * Calls `work` for 0 to `count - 1`, at most `most` at a time, in order of their start. After a failure no more is begun, and the first one is thrown
 * once what runs is done.
 */
export async function together(count: number, most: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const turn = async (): Promise<void> => {
    while (next < count && failures.length === 0) await work(next++).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(most, count) }, turn));
  if (failures.length > 0) throw failures[0];
}
