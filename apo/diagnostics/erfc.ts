/** Complementary error function in float64, to about 1e-13: the series of erf near 0, a continued fraction (Lentz) beyond. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x > 27) return 0;
  const scale = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 2.5) {
    let [term, sum] = [x, x];
    for (let n = 1; term > 1e-17 * sum; n++) sum += (term *= (2 * x * x) / (2 * n + 1));
    return 1 - 2 * scale * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return scale / (x + fraction);
}
