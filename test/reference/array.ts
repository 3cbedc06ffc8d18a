/** Dense row-major float64 arrays: all that the references know. Plain loops, nothing of the engine. */
export interface NDArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** An array whose value at each index is `value(index, position)`. */
export function build(shape: readonly number[], value: (index: readonly number[], at: number) => number): NDArray {
  const data = new Float64Array(count(shape));
  const index = new Array<number>(shape.length).fill(0);
  for (let at = 0; at < data.length; at++) {
    data[at] = value(index, at);
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = index[d]! + 1;
      if (index[d]! < shape[d]!) break;
      index[d] = 0;
    }
  }
  return { shape, data };
}

export function filled(shape: readonly number[], value: number): NDArray {
  return { shape, data: new Float64Array(count(shape)).fill(value) };
}

export function map(x: NDArray, f: (value: number, at: number) => number): NDArray {
  return { shape: x.shape, data: x.data.map(f) };
}

export function absolute(x: NDArray): NDArray {
  return map(x, Math.abs);
}

/** Row-major position of an index; an index of a larger rank is broadcast NumPy's way. */
export function position(shape: readonly number[], index: readonly number[]): number {
  const lead = index.length - shape.length;
  let at = 0;
  for (let d = 0; d < shape.length; d++) at = at * shape[d]! + (shape[d] === 1 ? 0 : index[lead + d]!);
  return at;
}

/** Sum of the products of all elements. */
export function dot(a: NDArray, b: NDArray): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += a.data[i]! * b.data[i]!;
  return sum;
}
