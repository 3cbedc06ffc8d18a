/** Small grey images as if they were larger ones in colour. */

/** Images `[count, side, side]` in the middle of black ones `[count, 3, size, size]`, each channel the same. @param size at least `side`, and as even as it is */
export function greyToColour(pixels: Uint8Array, side: number, size: number): Uint8Array {
  const count = pixels.length / (side * side);
  const border = (size - side) / 2;
  const out = new Uint8Array(count * 3 * size * size);
  for (let plane = 0; plane < count * 3; plane++) {
    const image = Math.floor(plane / 3);
    for (let row = 0; row < side; row++) {
      const from = (image * side + row) * side;
      out.set(pixels.subarray(from, from + side), (plane * size + border + row) * size + border);
    }
  }
  return out;
}
