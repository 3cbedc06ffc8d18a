// The contraction of contract_operands.wgsl for any adapter: tiles of A and B in workgroup memory.
//
// A workgroup of 16 x 16 computes 64 rows x 64 columns, 4 x 4 an invocation, in steps of 16 values of k.
//
// Workgroups: x * y = columns / 64 * rows / 64 * splits * batches.

//#include "contract_operands.wgsl"

var<workgroup> a_tile: array<f32, 1024>;   // [k][row]
var<workgroup> b_tile: array<f32, 1024>;   // [k][col]

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = tile_at(group, groups, (params.n + 63) / 64, (params.m + 63) / 64);
  if (tile.batch >= params.batches) { return; }
  let batch = tile.batch;
  let matrix = matrix_of(tile);
  if (matrix == NO_MATRIX) { return; }
  let slice = tile.slice;
  let row0 = tile.row * 64;
  let col0 = tile.column * 64;

  // What this invocation loads of A and of B: 4 values of k of one row or column, or 4 neighbouring rows or columns of one k.
  let a_row = index % 64;
  let a_part = (index / 64) * 4;
  let b_lane = index % 16;
  let b_part = index / 16;
  var a_offset = row_offset(row0 + a_row, batch);
  if (A_ACCESS == 2u) { a_offset = row_offset(min(row0 + b_lane * 4, params.m - 4), batch); }
  let b_cols = vec4u(col_offset(col0 + b_lane * 4, matrix), col_offset(col0 + b_lane * 4 + 1, matrix), col_offset(col0 + b_lane * 4 + 2, matrix), col_offset(col0 + b_lane * 4 + 3, matrix));
  let b_col = col_offset(col0 + a_row, matrix);

  var sum: array<vec4f, 4>;
  let depth = depth_of(tile);
  for (var k0 = depth.x; k0 < depth.y; k0++) {
    for (var k1 = 0u; k1 < params.k_size.y; k1++) {
      let a_start = a_offset + k0 * params.a_k.x + k1 * params.a_k.y;
      let b_start = k0 * params.b_k.x + k1 * params.b_k.y;
      for (var k = 0u; k < params.k_size.z; k += 16u) {
        if (A_ACCESS == 2u) {
          let av = load_a_rows(a_start, k + b_part);
          for (var i = 0u; i < 4; i++) { a_tile[b_part * 64 + b_lane * 4 + i] = av[i]; }
        } else {
          var av = vec4f();
          if (k + a_part < params.k_size.z) { av = load_a(a_start, k + a_part); }
          for (var i = 0u; i < 4; i++) { a_tile[(a_part + i) * 64 + a_row] = av[i]; }
        }
        if (B_ACCESS == 2u) {
          var bv = vec4f();
          if (k + a_part < params.k_size.z) { bv = vec4f(b4[(b_col + b_start + k + a_part) >> 2u]); }
          for (var i = 0u; i < 4; i++) { b_tile[(a_part + i) * 64 + a_row] = bv[i]; }
        } else {
          var bv = vec4f();
          if (k + b_part < params.k_size.z) { bv = load_b_row(b_cols, b_start, k + b_part); }
          for (var i = 0u; i < 4; i++) { b_tile[b_part * 64 + b_lane * 4 + i] = bv[i]; }
        }
        workgroupBarrier();
        for (var kk = 0u; kk < 16; kk++) {
          let x = kk * 64 + local.y * 4;
          let y = kk * 64 + local.x * 4;
          let bv = vec4f(b_tile[y], b_tile[y + 1], b_tile[y + 2], b_tile[y + 3]);
          for (var i = 0u; i < 4; i++) { sum[i] = fma(vec4f(a_tile[x + i]), bv, sum[i]); }
        }
        workgroupBarrier();
      }
    }
  }

  let col = col0 + local.x * 4;
  if (col >= params.n) { return; }
  let extra = bias_at(col, tile);
  for (var i = 0u; i < 4; i++) {
    let row = row0 + local.y * 4 + i;
    if (row < params.m) {
      store(slice * params.split_stride + batch * params.c_batch + row * params.c_row + col, params.n - col, activated(params.activation, sum[i] + extra));
    }
  }
}
