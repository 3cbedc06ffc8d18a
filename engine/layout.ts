/** Shapes and strides. Strides count elements; a tensor is contiguous when its elements lie in row-major order without gaps. */
import { ShapeError } from './errors.ts';

export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function checkShape(shape: Shape): void {
  for (const size of shape) if (!Number.isInteger(size) || size < 0) throw new ShapeError(`a shape holds whole numbers from 0, got [${shape.join(', ')}]`);
}

export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i] ?? 1;
  }
  return strides;
}

export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i] ?? 1;
    if (size !== 1 && strides[i] !== expected) return false;
    expected *= size;
  }
  return true;
}

/** True when the elements fill a range without gaps or overlaps, in whatever order of dimensions. */
export function isDense(shape: Shape, strides: readonly number[]): boolean {
  const order = shape.map((_, i) => i).filter((i) => shape[i] !== 1).sort((a, b) => (strides[b] ?? 0) - (strides[a] ?? 0));
  return isContiguous(order.map((i) => shape[i] ?? 1), order.map((i) => strides[i] ?? 0));
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** Equal strides wherever the size is not 1. */
export function sameOrder(shape: Shape, a: readonly number[], b: readonly number[]): boolean {
  return shape.every((size, i) => size === 1 || a[i] === b[i]);
}

/** NumPy's broadcasting rule. @throws ShapeError */
export function broadcastShapes(operation: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const p = a[a.length - rank + i] ?? 1;
    const q = b[b.length - rank + i] ?? 1;
    if (p !== q && p !== 1 && q !== 1) throw new ShapeError(`${operation}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: ${p} against ${q} in dimension ${i}`);
    return p === 1 ? q : p;
  });
}

/** A negative axis counts from the end. @throws ShapeError */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) throw new ShapeError(`${operation}: axis ${axis} is out of range for rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
