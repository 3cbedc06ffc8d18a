// parts/recurrent.wgsl for any adapter: a workgroup of 16 x 16 computes 16 rows x 64 units, four neighbouring units an invocation, through tiles
// of both operands in workgroup memory, 16 values of k at a time.

const OWN_ROWS = 1u;

//#include "recurrent.wgsl"
//#include "functions.wgsl"

var<workgroup> row_tile: array<vec4f, 64>;        // [row][k / 4]
var<workgroup> weight_tile: array<f32, 1024>;     // [k][column]

fn load_rows(p: Product, depth: u32, first_row: u32, lane: u32, k: u32) {
  if (lane >= 64) { return; }
  let part = k + lane % 4;
  var value = vec4f();
  if (part < depth) { value = moving[p.source + min(first_row + lane / 4, params.rows - 1) * p.source_stride + part]; }
  row_tile[lane] = value;
}

// Forwards the weights of a column are a row of `depth` vec4: an invocation loads four values of k of column lane / 4. Backwards those of each
// k are a row: four columns, its own, of k = lane / 16.
fn load_weights(p: Product, depth: u32, quad: u32, lane: u32, k: u32, is_forward: bool) {
  var value = vec4f();
  if (is_forward) {
    let part = lane % 4;
    let own = 4 * min(quad, params.quads - 1);
    let column = min(4 * (quad - lane % 16) + lane / 4, 4 * params.quads - 1);
    if (k + part < depth) { value = weight[p.weight + (column - own) * depth + k + part]; }
    for (var i = 0u; i < 4; i++) { weight_tile[(4 * part + i) * 64 + lane / 4] = value[i]; }
  } else {
    let row = 4 * k + lane / 16;
    if (row < 4 * depth) { value = weight[p.weight + row * params.quads]; }
    for (var i = 0u; i < 4; i++) { weight_tile[4 * lane + i] = value[i]; }
  }
}

fn multiply(p: Product, depth: u32, row: u32, quad: u32, lane: u32, extra: vec4f, is_forward: bool) {
  let column = (lane % 16) * 4;
  var sum = extra;
  for (var k = 0u; k < depth; k += 4u) {
    load_rows(p, depth, row - lane / 16, lane, k);
    load_weights(p, depth, quad, lane, k, is_forward);
    workgroupBarrier();
    for (var part = 0u; part < 4; part++) {
      let a = row_tile[(lane / 16) * 4 + part];
      for (var i = 0u; i < 4; i++) {
        let at = (4 * part + i) * 64 + column;
        sum = fma(vec4f(a[i]), vec4f(weight_tile[at], weight_tile[at + 1], weight_tile[at + 2], weight_tile[at + 3]), sum);
      }
    }
    workgroupBarrier();
  }
  if (row < params.rows && quad < params.quads) { sums[p.result + row * p.result_stride] = sum; }
}

@compute @workgroup_size(16, 16)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  for (var i = 0u; i < params.steps; i++) {
    for (var b = 0u; b < params.blocks; b++) { step_forward(group.y * 16 + local.y, (group.x * params.blocks + b) * 16 + local.x, params.first + i, lane); }
    storageBarrier();
  }
}

@compute @workgroup_size(16, 16)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  for (var i = 0u; i < params.steps; i++) {
    for (var b = 0u; b < params.blocks; b++) { step_backward(group.y * 16 + local.y, (group.x * params.blocks + b) * 16 + local.x, params.first - i, lane); }
    storageBarrier();
  }
}
