/** IEEE 754 binary16 by the definition: the table of all values, and the nearest one by looking. */

/** The value of every bit pattern. */
export const HALVES: readonly number[] = Array.from({ length: 65_536 }, (_, bits) => {
  const [sign, exponent, mantissa] = [bits >> 15 ? -1 : 1, (bits >> 10) % 32, bits % 1024];
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * (mantissa / 1024) * 2 ** -14 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
});

/** The value of the half nearest to `x`, ties to the even bit pattern. As if there were a half at 2^16, which is infinity. */
export function nearestHalf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const size = Math.abs(x);
  const at = (bits: number): number => bits === 0x7c00 ? 2 ** 16 : HALVES[bits]!;
  let [low, high] = [0, 0x7c00];   // at(low) <= size, at(high + 1) > size or high is infinity
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (at(middle) <= size) low = middle;
    else high = middle - 1;
  }
  const [below, above] = [size - at(low), at(low + 1) - size];
  const nearest = low < 0x7c00 && (above < below || (above === below && low % 2 === 1)) ? low + 1 : low;
  return (x < 0 || Object.is(x, -0) ? -1 : 1) * HALVES[nearest]!;
}
