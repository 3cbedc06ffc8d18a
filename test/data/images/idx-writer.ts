/** An IDX writer that shares nothing with the parser under test. */
export function writeIdx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = [0, 0, 0x08, shape.length, ...shape.flatMap((size) => [size / 2 ** 24, size / 2 ** 16, size / 2 ** 8, size].map((part) => Math.floor(part) % 256))];
  return Uint8Array.from([...header, ...data]);
}
