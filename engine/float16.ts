/**
 * IEEE 754 binary16 on the host: one sign bit, five of the exponent, ten of the mantissa. From 2^-24 (subnormal) and 2^-14 (normal) up to
 * 65504, all whole numbers up to 2048.
 */

const scratch = new DataView(new ArrayBuffer(8));

/** The bits of the nearest half, ties to even: above 65520 infinity, below 2^-25 zero. Every NaN becomes the same one. */
export function toHalf(value: number): number {
  scratch.setFloat64(0, value);
  const high = scratch.getUint32(0);
  const sign = (high >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (!(size < 65520)) return Number.isNaN(value) ? 0x7e00 : sign | 0x7c00;
  // Subnormal halves are as far apart as the smallest normal ones.
  const exponent = Math.max(((high >>> 20) & 0x7ff) - 1023, -14);
  const steps = size * 2 ** (10 - exponent);
  const below = Math.floor(steps);
  const rest = steps - below;
  const rounded = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
  // 1024 steps are the implicit leading bit; 2048 carry into the exponent, as they should.
  return sign | (((exponent + 15) << 10) + rounded - 1024);
}

/** The number that the bits of a half stand for, exactly. */
export function fromHalf(bits: number): number {
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  const size = exponent === 31 ? (mantissa === 0 ? Infinity : NaN) : exponent === 0 ? mantissa * 2 ** -24 : (mantissa + 1024) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}
