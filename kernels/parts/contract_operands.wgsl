// Operands of a contraction, addressed by strides:
//
//   C[batch][row][col] = f(sum over k of A[batch][row][k] * B[batch][k][col] + bias[batch][col])
//
// where the bias and the activation f may be missing.
//
// Rows, columns and k are each three nested indices (outermost first), so a matrix product, a transposed one, and a
// convolution with both its gradients are all the same sum over differently strided operands. A convolution reads its zero-padded
// image: row = (image, y, x), k = (ky, kx, channel), and the two address the image by strides that overlap.
//
// Each buffer is bound twice, as scalars and as vec4, because WGSL cannot reinterpret a binding. The kind of access is baked into the
// pipeline, so only one branch is left. vec4 kinds need the contiguous extent and every other stride and offset to be multiples of 4.
//
// With `grouping` 1 a batch of A meets the matrix of B that the table has for it, or none: then its part of C is left as it is. With `grouping` 2 a
// batch sums over its own stretch of k0, which may be empty: from table[batch] to table[batch + 1], in one slice.
//
// The grid is one long row of tiles, folded: columns first, then rows, then slices, then batches. So no extent meets a limit of the grid.
//
// The includer has the aliases Scalar and Vector, what A and B hold and four of these. Products, sums, bias and C are float32.

//#include "activated.wgsl"

struct Params {
  m: u32,                 // rows
  n: u32,                 // columns
  batches: u32,
  splits: u32,            // slices of k0; slice s writes its partial sum to C + s * split_stride
  k_size: vec4u,          // extents of k0, k1, k2 and the number of k0 in a slice
  row_size: vec4u,        // extents of row1, row2
  col_size: vec4u,        // extents of col1, col2
  a_row: vec4u,           // strides of A by row0, row1, row2, batch
  a_k: vec4u,             // strides of A by k0, k1, k2; offset
  b_col: vec4u,           // strides of B by col0, col1, col2, batch
  b_k: vec4u,             // strides of B by k0, k1, k2; offset
  c_row: u32,             // strides of C
  c_batch: u32,
  split_stride: u32,
  has_bias: u32,
  activation: u32,        // 0 none, 1 relu, 2 tanh, 3 sigmoid; with one slice only
  grouping: u32,          // 0 none, 1 by matrix, 2 by depth
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Scalar>;
@group(0) @binding(2) var<storage, read> a4: array<Vector>;
@group(0) @binding(3) var<storage, read> b: array<Scalar>;
@group(0) @binding(4) var<storage, read> b4: array<Vector>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read> table: array<u32>;
@group(0) @binding(7) var<storage, read_write> c: array<f32>;

override A_ACCESS: u32 = 0;   // 0 scalars, 1 vec4 along k2, 2 vec4 along row2
override B_ACCESS: u32 = 0;   // 0 scalars, 1 vec4 along col2, 2 vec4 along k2

fn nested(index: u32, size1: u32, size2: u32, strides: vec4u) -> u32 {
  let outer = index / size2;
  let i0 = outer / size1;
  return i0 * strides.x + (outer - i0 * size1) * strides.y + (index - outer * size2) * strides.z;
}

fn row_offset(row: u32, batch: u32) -> u32 {
  // A row past the end reads the last one; its results are not stored.
  return params.a_k.w + batch * params.a_row.w + nested(min(row, params.m - 1), params.row_size.x, params.row_size.y, params.a_row);
}

fn col_offset(col: u32, batch: u32) -> u32 {
  return params.b_k.w + batch * params.b_col.w + nested(min(col, params.n - 1), params.col_size.x, params.col_size.y, params.b_col);
}

// A[row][k .. k+3] where `start` addresses k2 = 0
fn load_a(start: u32, k: u32) -> vec4f {
  if (A_ACCESS == 1u) { return vec4f(a4[(start + k) >> 2u]); }
  var value = vec4f();
  let step = params.a_k.z;
  let at = start + k * step;
  let left = params.k_size.z - k;
  value.x = f32(a[at]);
  if (left > 1) { value.y = f32(a[at + step]); }
  if (left > 2) { value.z = f32(a[at + 2 * step]); }
  if (left > 3) { value.w = f32(a[at + 3 * step]); }
  return value;
}

// A[row .. row+3][k] where `at` addresses the first row, for A_ACCESS 2
fn load_a_rows(at: u32, k: u32) -> vec4f {
  if (k >= params.k_size.z) { return vec4f(); }
  return vec4f(a4[(at + k * params.a_k.z) >> 2u]);
}

// Four columns at one k each: cols are the offsets of the four columns, `start` that of k2 = 0.
fn load_b_row(cols: vec4u, start: u32, k: u32) -> vec4f {
  if (k >= params.k_size.z) { return vec4f(); }
  let at = start + k * params.b_k.z;
  if (B_ACCESS == 1u) { return vec4f(b4[(cols.x + at) >> 2u]); }
  return vec4f(f32(b[cols.x + at]), f32(b[cols.y + at]), f32(b[cols.z + at]), f32(b[cols.w + at]));
}

// B[k .. k+3][col .. col+3]: column j of the result holds k + j.
fn load_b(cols: vec4u, start: u32, k: u32) -> mat4x4f {
  if (B_ACCESS == 2u) {
    let at = start + k;
    return transpose(mat4x4f(vec4f(b4[(cols.x + at) >> 2u]), vec4f(b4[(cols.y + at) >> 2u]), vec4f(b4[(cols.z + at) >> 2u]), vec4f(b4[(cols.w + at) >> 2u])));
  }
  return mat4x4f(load_b_row(cols, start, k), load_b_row(cols, start, k + 1), load_b_row(cols, start, k + 2), load_b_row(cols, start, k + 3));
}

// Which tile of the result a workgroup computes.
struct Tile { column: u32, row: u32, slice: u32, batch: u32 }

fn tile_at(group: vec3u, groups: vec3u, columns: u32, rows: u32) -> Tile {
  let index = group.x + group.y * groups.x;
  let line = index / columns;
  let section = line / rows;
  let batch = section / params.splits;
  return Tile(index - line * columns, line - section * rows, section - batch * params.splits, batch);
}

const NO_MATRIX = 0xffffffffu;

// Which matrix of B a tile multiplies by.
fn matrix_of(tile: Tile) -> u32 {
  if (params.grouping == 1u) { return table[tile.batch]; }
  return tile.batch;
}

// The first k0 that a tile sums over, and the one behind the last.
fn depth_of(tile: Tile) -> vec2u {
  if (params.grouping == 2u) { return vec2u(table[tile.batch], table[tile.batch + 1]); }
  return vec2u(tile.slice * params.k_size.w, min(params.k_size.x, (tile.slice + 1) * params.k_size.w));
}

// The bias belongs to the first slice.
fn bias_at(col: u32, tile: Tile) -> vec4f {
  if (params.has_bias == 0u || tile.slice != 0u) { return vec4f(); }
  let last = params.n - 1;
  let at = tile.batch * params.n;
  return vec4f(bias[at + col], bias[at + min(col + 1, last)], bias[at + min(col + 2, last)], bias[at + min(col + 3, last)]);
}

// Stores the first `left` of four neighbouring columns; left >= 1.
fn store(at: u32, left: u32, value: vec4f) {
  c[at] = value.x;
  if (left > 1) { c[at + 1] = value.y; }
  if (left > 2) { c[at + 2] = value.z; }
  if (left > 3) { c[at + 3] = value.w; }
}
