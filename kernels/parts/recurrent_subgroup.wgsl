// parts/recurrent.wgsl for adapters whose subgroups have a fixed size of 4 or 8: a workgroup is one subgroup, and each lane owns four units of
// 16 rows. The rows of the operand go round the subgroup by broadcast, as in contract_subgroup.wgsl.

override SUBGROUP: u32 = 8;
const OWN_ROWS = 16u;

//#include "recurrent.wgsl"
//#include "functions.wgsl"
//#include "subgroup_rows.wgsl"

// B[k .. k+3][the four columns].
fn load_weights(at: u32, depth: u32, k: u32, is_forward: bool) -> mat4x4f {
  if (is_forward) {
    let start = at + k;
    return transpose(mat4x4f(weight[start], weight[start + depth], weight[start + 2 * depth], weight[start + 3 * depth]));
  }
  let start = at + 4 * k * params.quads;
  return mat4x4f(weight[start], weight[start + params.quads], weight[start + 2 * params.quads], weight[start + 3 * params.quads]);
}

fn store_rows(p: Product, row: u32, m: mat4x4f) {
  let at = p.result + row * p.result_stride;
  if (row < params.rows) { sums[at] = m[0]; }
  if (row + 1 < params.rows) { sums[at + p.result_stride] = m[1]; }
  if (row + 2 < params.rows) { sums[at + 2 * p.result_stride] = m[2]; }
  if (row + 3 < params.rows) { sums[at + 3 * p.result_stride] = m[3]; }
}

fn multiply(p: Product, depth: u32, first_row: u32, quad: u32, lane: u32, extra: vec4f, is_forward: bool) {
  // A row past the end reads the last one; its results are not stored.
  let rows = p.source + min(vec4u(first_row + lane) + vec4u(0, SUBGROUP, 2 * SUBGROUP, 3 * SUBGROUP), vec4u(params.rows - 1)) * p.source_stride;
  // Four variables, not one of a struct: lavapipe is twice as fast with them.
  var c0 = mat4x4f(extra, extra, extra, extra); var c1 = c0; var c2 = c0; var c3 = c0;
  for (var k = 0u; k < depth; k++) {
    let b = load_weights(p.weight, depth, k, is_forward);
    if (SUBGROUP == 8u) {
      let a0 = moving[rows.x + k];
      let a1 = moving[rows.y + k];
      c0 = low(c0, a0, b); c1 = high(c1, a0, b); c2 = low(c2, a1, b); c3 = high(c3, a1, b);
    } else {
      let a0 = moving[rows.x + k]; let a1 = moving[rows.y + k]; let a2 = moving[rows.z + k]; let a3 = moving[rows.w + k];
      c0 = low_at(c0, a0.x, b[0]); c1 = low_at(c1, a1.x, b[0]); c2 = low_at(c2, a2.x, b[0]); c3 = low_at(c3, a3.x, b[0]);
      c0 = low_at(c0, a0.y, b[1]); c1 = low_at(c1, a1.y, b[1]); c2 = low_at(c2, a2.y, b[1]); c3 = low_at(c3, a3.y, b[1]);
      c0 = low_at(c0, a0.z, b[2]); c1 = low_at(c1, a1.z, b[2]); c2 = low_at(c2, a2.z, b[2]); c3 = low_at(c3, a3.z, b[2]);
      c0 = low_at(c0, a0.w, b[3]); c1 = low_at(c1, a1.w, b[3]); c2 = low_at(c2, a2.w, b[3]); c3 = low_at(c3, a3.w, b[3]);
    }
  }
  if (quad >= params.quads) { return; }
  store_rows(p, first_row, c0);
  store_rows(p, first_row + 4, c1);
  store_rows(p, first_row + 8, c2);
  store_rows(p, first_row + 12, c3);
}

@compute @workgroup_size(SUBGROUP)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  for (var i = 0u; i < params.steps; i++) {
    for (var b = 0u; b < params.blocks; b++) { step_forward(group.y * 16, (group.x * params.blocks + b) * SUBGROUP + lane, params.first + i, lane); }
    storageBarrier();
  }
}

@compute @workgroup_size(SUBGROUP)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  for (var i = 0u; i < params.steps; i++) {
    for (var b = 0u; b < params.blocks; b++) { step_backward(group.y * 16, (group.x * params.blocks + b) * SUBGROUP + lane, params.first - i, lane); }
    storageBarrier();
  }
}
