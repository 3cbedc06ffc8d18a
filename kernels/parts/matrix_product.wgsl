// A matrix product on units that multiply small matrices, which Dawn offers as subgroup matrices:
//
//   C[batch][row][col] = sum over k of A[batch][row][k] * B[batch][k][col]
//
// m and n are multiples of 32, k is one of K, C is contiguous. An operand has one stride, between its rows or, with A_BY_COLUMN and B_BY_COLUMN, between
// its columns; what lies between has no gaps. Strides and offsets are multiples of 16 bytes.
//
// A workgroup is one subgroup, of LANES invocations, and computes 32 x 32.
//
// Workgroups: x * y = columns / 32 * rows / 32 * batches.
//
// The includer has the alias Scalar, what A and B hold, and M, N and K: the adapter multiplies M x K by K x N into float32.

alias Left = subgroup_matrix_left<Scalar, K, M>;
alias Right = subgroup_matrix_right<Scalar, N, K>;
alias Sum = subgroup_matrix_result<f32, N, M>;

const ROWS = 32 / M;
const COLUMNS = 32 / N;

struct Params {
  m: u32,
  n: u32,
  k: u32,
  batches: u32,
  a_stride: u32,
  a_batch: u32,
  a_offset: u32,
  b_stride: u32,
  b_batch: u32,
  b_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Scalar>;
@group(0) @binding(2) var<storage, read> b: array<Scalar>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

override LANES: u32 = 32;
override A_BY_COLUMN: u32 = 0;
override B_BY_COLUMN: u32 = 0;

fn left(start: u32, row: u32, k: u32) -> Left {
  if (A_BY_COLUMN == 1u) { return subgroupMatrixLoad<Left, col_major>(&a, start + k * params.a_stride + row, params.a_stride); }
  return subgroupMatrixLoad<Left, row_major>(&a, start + row * params.a_stride + k, params.a_stride);
}

fn right(start: u32, k: u32, col: u32) -> Right {
  if (B_BY_COLUMN == 1u) { return subgroupMatrixLoad<Right, col_major>(&b, start + col * params.b_stride + k, params.b_stride); }
  return subgroupMatrixLoad<Right, row_major>(&b, start + k * params.b_stride + col, params.b_stride);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = group.x + group.y * groups.x;
  let line = index / (params.n / 32);
  let batch = line / (params.m / 32);
  if (batch >= params.batches) { return; }
  let row = (line % (params.m / 32)) * 32;
  let col = (index % (params.n / 32)) * 32;
  let a_start = params.a_offset + batch * params.a_batch;
  let b_start = params.b_offset + batch * params.b_batch;

  var sums: array<Sum, ROWS * COLUMNS>;
  for (var k = 0u; k < params.k; k += K) {
    var x: array<Left, ROWS>;
    for (var i = 0u; i < ROWS; i++) { x[i] = left(a_start, row + i * M, k); }
    for (var j = 0u; j < COLUMNS; j++) {
      let y = right(b_start, k, col + j * N);
      for (var i = 0u; i < ROWS; i++) { sums[i * COLUMNS + j] = subgroupMatrixMultiplyAccumulate(x[i], y, sums[i * COLUMNS + j]); }
    }
  }
  for (var i = 0u; i < ROWS; i++) {
    for (var j = 0u; j < COLUMNS; j++) {
      subgroupMatrixStore<row_major>(&c, (batch * params.m + row + i * M) * params.n + col + j * N, sums[i * COLUMNS + j], params.n);
    }
  }
}
