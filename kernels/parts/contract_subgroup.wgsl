// The contraction of contract_operands.wgsl for adapters whose subgroups have a fixed size of 4 or 8.
//
// A workgroup is one subgroup and computes 16 rows; each lane owns 4 columns. A lane loads a few vec4 of A (4 values of k of its
// own rows) and 4 vec4 of B; the rows of A then go round the subgroup by broadcast instead of being loaded by every lane.
// On software adapters a load costs far more than arithmetic, so this is what decides the speed. The sums are values, not an
// array: SwiftShader keeps arrays in memory.
//
// Workgroups: x * y = columns / (4 * SUBGROUP) * rows / 16 * splits * batches.

//#include "contract_operands.wgsl"

override SUBGROUP: u32 = 8;

//#include "subgroup_rows.wgsl"

// Four rows, given as the four rows' values at each of the four k.
fn across(c: mat4x4f, k0: vec4f, k1: vec4f, k2: vec4f, k3: vec4f, b: mat4x4f) -> mat4x4f {
  return mat4x4f(
    row_of(c[0], vec4f(k0.x, k1.x, k2.x, k3.x), b), row_of(c[1], vec4f(k0.y, k1.y, k2.y, k3.y), b),
    row_of(c[2], vec4f(k0.z, k1.z, k2.z, k3.z), b), row_of(c[3], vec4f(k0.w, k1.w, k2.w, k3.w), b));
}

fn store_rows(row: u32, at: u32, left: u32, extra: vec4f, rows: mat4x4f) {
  // Guards are kept few: on software adapters each one costs compile time.
  if (row < params.m) { store(at, left, rows[0] + extra); }
  if (row + 1 < params.m) { store(at + params.c_row, left, rows[1] + extra); }
  if (row + 2 < params.m) { store(at + 2 * params.c_row, left, rows[2] + extra); }
  if (row + 3 < params.m) { store(at + 3 * params.c_row, left, rows[3] + extra); }
}

@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let tile = tile_at(group, groups, (params.n + 4 * SUBGROUP - 1) / (4 * SUBGROUP), (params.m + 15) / 16);
  if (tile.batch >= params.batches) { return; }
  let batch = tile.batch;
  let matrix = matrix_of(tile);
  if (matrix == NO_MATRIX) { return; }
  let slice = tile.slice;
  let row = tile.row * 16;
  let col = (tile.column * SUBGROUP + lane) * 4;
  // Offsets are found in loops, because divisions take long to compile.
  var cols = vec4u(col_offset(col, matrix));
  if (B_ACCESS != 1u) {
    for (var i = 1u; i < 4; i++) { cols = vec4u(cols.yzw, col_offset(col + i, matrix)); }
  }
  var c0 = mat4x4f(); var c1 = mat4x4f(); var c2 = mat4x4f(); var c3 = mat4x4f();

  // This lane's rows of A: 16 / SUBGROUP of them are used. Where rows are contiguous, it is four neighbouring rows of one k instead:
  // lane 0 to 3 each four of the 16 rows; lanes 4 to 7 the same of the next k.
  var rows = vec4u();
  if (A_ACCESS == 2u) {
    rows.x = row_offset(min(row + (lane % 4) * 4, params.m - 4), batch);
  } else {
    for (var i = 4u; i > 0; i--) { rows = vec4u(row_offset(row + lane + (i - 1) * SUBGROUP, batch), rows.xyz); }
  }
  let ahead = lane / 4;

  let depth = depth_of(tile);
  for (var k0 = depth.x; k0 < depth.y; k0++) {
    for (var k1 = 0u; k1 < params.k_size.y; k1++) {
      let a_start = rows + k0 * params.a_k.x + k1 * params.a_k.y;
      let b_start = k0 * params.b_k.x + k1 * params.b_k.y;
      for (var k = 0u; k < params.k_size.z; k += 4u) {
        let b = load_b(cols, b_start, k);
        if (A_ACCESS == 2u && SUBGROUP == 8u) {
          let a01 = load_a_rows(a_start.x, k + ahead);
          let a23 = load_a_rows(a_start.x, k + 2 + ahead);
          c0 = across(c0, subgroupBroadcast(a01, 0u), subgroupBroadcast(a01, 4u), subgroupBroadcast(a23, 0u), subgroupBroadcast(a23, 4u), b);
          c1 = across(c1, subgroupBroadcast(a01, 1u), subgroupBroadcast(a01, 5u), subgroupBroadcast(a23, 1u), subgroupBroadcast(a23, 5u), b);
          c2 = across(c2, subgroupBroadcast(a01, 2u), subgroupBroadcast(a01, 6u), subgroupBroadcast(a23, 2u), subgroupBroadcast(a23, 6u), b);
          c3 = across(c3, subgroupBroadcast(a01, 3u), subgroupBroadcast(a01, 7u), subgroupBroadcast(a23, 3u), subgroupBroadcast(a23, 7u), b);
        } else if (A_ACCESS == 2u) {
          let a0 = load_a_rows(a_start.x, k);
          let a1 = load_a_rows(a_start.x, k + 1);
          let a2 = load_a_rows(a_start.x, k + 2);
          let a3 = load_a_rows(a_start.x, k + 3);
          c0 = across(c0, subgroupBroadcast(a0, 0u), subgroupBroadcast(a1, 0u), subgroupBroadcast(a2, 0u), subgroupBroadcast(a3, 0u), b);
          c1 = across(c1, subgroupBroadcast(a0, 1u), subgroupBroadcast(a1, 1u), subgroupBroadcast(a2, 1u), subgroupBroadcast(a3, 1u), b);
          c2 = across(c2, subgroupBroadcast(a0, 2u), subgroupBroadcast(a1, 2u), subgroupBroadcast(a2, 2u), subgroupBroadcast(a3, 2u), b);
          c3 = across(c3, subgroupBroadcast(a0, 3u), subgroupBroadcast(a1, 3u), subgroupBroadcast(a2, 3u), subgroupBroadcast(a3, 3u), b);
        } else if (SUBGROUP == 8u) {
          let a0 = load_a(a_start.x, k);
          let a1 = load_a(a_start.y, k);
          c0 = low(c0, a0, b);
          c1 = high(c1, a0, b);
          c2 = low(c2, a1, b);
          c3 = high(c3, a1, b);
        } else {
          let a0 = load_a(a_start.x, k); let a1 = load_a(a_start.y, k); let a2 = load_a(a_start.z, k); let a3 = load_a(a_start.w, k);
          c0 = low_at(c0, a0.x, b[0]); c1 = low_at(c1, a1.x, b[0]); c2 = low_at(c2, a2.x, b[0]); c3 = low_at(c3, a3.x, b[0]);
          c0 = low_at(c0, a0.y, b[1]); c1 = low_at(c1, a1.y, b[1]); c2 = low_at(c2, a2.y, b[1]); c3 = low_at(c3, a3.y, b[1]);
          c0 = low_at(c0, a0.z, b[2]); c1 = low_at(c1, a1.z, b[2]); c2 = low_at(c2, a2.z, b[2]); c3 = low_at(c3, a3.z, b[2]);
          c0 = low_at(c0, a0.w, b[3]); c1 = low_at(c1, a1.w, b[3]); c2 = low_at(c2, a2.w, b[3]); c3 = low_at(c3, a3.w, b[3]);
        }
      }
    }
  }

  if (col >= params.n) { return; }
  let left = params.n - col;
  var extra = bias_at(col, tile);
  if (params.activation != 0u) {
    // The rows go round, so that the activation is compiled once and not sixteen times. Software adapters skip loops, not branches.
    for (var i = 0u; i < 16; i++) {
      let next = activated(params.activation, c0[0] + extra);
      c0 = mat4x4f(c0[1], c0[2], c0[3], c1[0]);
      c1 = mat4x4f(c1[1], c1[2], c1[3], c2[0]);
      c2 = mat4x4f(c2[1], c2[2], c2[3], c3[0]);
      c3 = mat4x4f(c3[1], c3[2], c3[3], next);
    }
    extra = vec4f();
  }
  let origin = slice * params.split_stride + batch * params.c_batch + col;
  // Eight rows twice, since stores are most of what lavapipe compiles: it makes a branch of each lane's four numbers.
  for (var r = row; r < min(row + 16, params.m); r += 8u) {
    let at = origin + r * params.c_row;
    store_rows(r, at, left, extra, c0);
    store_rows(r + 4, at + 4 * params.c_row, left, extra, c1);
    c0 = c2;
    c1 = c3;
  }
}
