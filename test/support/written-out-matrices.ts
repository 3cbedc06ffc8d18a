/**
 * Subgroup matrices written out in WGSL, for large workgroups: an operand is where it lies in memory, of a sum each invocation has one element or none. So a
 * kernel's indices can be tried on adapters that have no units for matrices. It says nothing of the units themselves.
 */
import type { Kernel } from '../../engine/device/kernel.ts';

/** As many as there are elements in the largest sum. */
export const LANES = 256;

/** For `kernels/parts/matrix_product.wgsl`. Of an operand: the first element, and the steps to the next row and to the next column. */
const WRITTEN_OUT = `
var<private> lane: u32;
fn row_major(at: u32, stride: u32) -> vec3u { return vec3u(at, stride, 1); }
fn col_major(at: u32, stride: u32) -> vec3u { return vec3u(at, 1, stride); }
fn multiply(x: Left, y: Right, sum: Sum) -> Sum {
  var result = sum;
  if (lane < M * N) {
    for (var k = 0u; k < K; k++) { result += f32(a[x.x + lane / N * x.y + k * x.z]) * f32(b[y.x + k * y.y + lane % N * y.z]); }
  }
  return result;
}
fn store(at: u32, sum: Sum, stride: u32) {
  if (lane < M * N) { c[at + lane / N * stride + lane % N] = sum; }
}
`;

const WRITTEN = new WeakMap<Kernel, Kernel>();

/** The same product for any adapter; other kernels as they are. */
export function writtenOut(kernel: Kernel): Kernel {
  if (!kernel.name.startsWith('matrix_product')) return kernel;
  let other = WRITTEN.get(kernel);
  if (!other) {
    const code = kernel.code
      .replace('enable chromium_experimental_subgroup_matrix;', '')
      .replace(/subgroup_matrix_(left|right)<[^>]+>/g, 'vec3u')
      .replace('subgroup_matrix_result<f32, N, M>', 'f32')
      .replace(/subgroupMatrixLoad<(?:Left, (\w+)>\(&a|Right, (\w+)>\(&b), /g, '$1$2(')
      .replace('subgroupMatrixStore<row_major>(&c, ', 'store(')
      .replace('subgroupMatrixMultiplyAccumulate', 'multiply')
      .replace(/fn main\(([^)]+\)[^)]+\)[^)]+)\) \{/, 'fn main($1, @builtin(local_invocation_index) own: u32) {\n  lane = own;');
    other = { ...kernel, code: code + WRITTEN_OUT, features: kernel.features.filter((feature) => feature === 'shader-f16') };
    WRITTEN.set(kernel, other);
  }
  return other;
}
