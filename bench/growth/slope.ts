/** The exponent of a power law by least squares in logarithms. @param sizes above 0, at least two that differ; values above 0 */
export function slope(sizes: readonly number[], values: readonly number[]): number {
  const [x, y] = [sizes.map(Math.log), values.map(Math.log)];
  const mean = (list: readonly number[]): number => list.reduce((sum, v) => sum + v, 0) / list.length;
  const [mx, my] = [mean(x), mean(y)];
  const [along, square] = x.reduce<[number, number]>(([a, s], v, i) => [a + (v - mx) * ((y[i] ?? NaN) - my), s + (v - mx) ** 2], [0, 0]);
  return along / square;
}
