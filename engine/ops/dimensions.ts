/** Loops over several views of one shape at once. */

/** One loop: how often, and each view's stride. */
export interface Dimension {
  readonly size: number;
  readonly strides: readonly number[];
}

/** Outermost first. Dimensions of size 1 are dropped, and neighbours that all views step through as one are merged. */
export function collapse(shape: readonly number[], ...views: readonly (readonly number[])[]): Dimension[] {
  const dims: Dimension[] = [];
  shape.forEach((size, i) => {
    if (size === 1) return;
    const strides = views.map((view) => view[i] ?? 0);
    const last = dims.at(-1);
    if (last && strides.every((stride, v) => last.strides[v] === stride * size)) dims[dims.length - 1] = { size: last.size * size, strides };
    else dims.push({ size, strides });
  });
  return dims;
}
