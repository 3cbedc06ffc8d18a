// Cross-entropy with class weights, label smoothing and ignored labels, and its derivative. Rows are [row][class].
//
//   soft_targets: q[r][c] = weight[c] * ((c == target) * (1 - smoothing) + smoothing / classes), counted[r] = weight[target];
//                 0 in ignored rows; a target that is outside is reported and gives `invalid`
//   loss:         y[r] = sum over c of q[r][c] * (log sum exp x[r] - x[r][c])
//   gradient:     y[r][c] = (softmax(x[r])[c] * sum q[r] - q[r][c]) * g[r]
//
// A class with q = 0 has no influence through its own term, and a row of such classes none at all, whatever its logits. Rows whose top is NaN
// or infinite give NaN.
//
// Workgroups: x * y = rows / 64.

struct Params {
  rows: u32,
  classes: u32,
  invalid: f32,      // NaN, which WGSL forbids as a constant
  smoothing: f32,
  ignores: u32,      // 1 if there is a label to ignore
  ignored: i32,
  code: u32,         // of the report of a target that is outside
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> g: array<f32>;
@group(0) @binding(5) var<storage, read_write> q: array<f32>;
@group(0) @binding(6) var<storage, read_write> counted: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;
@group(0) @binding(8) var<storage, read_write> faults: array<atomic<u32>>;

//#include "parts/log_sum_exp.wgsl"
//#include "parts/faults.wgsl"

@compute @workgroup_size(64)
fn soft_targets(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64;
  if (row >= params.rows) { return; }
  let label = targets[row];
  let is_ignored = params.ignores == 1 && label == params.ignored;
  let unknown = !is_ignored && is_outside(label);
  if (unknown) { report(params.code, label); }
  let uniform_share = params.smoothing / f32(params.classes);
  for (var c = 0u; c < params.classes; c++) {
    let hit = select(0.0, 1 - params.smoothing, i32(c) == label);
    q[row * params.classes + c] = select(select(weight[c] * (hit + uniform_share), 0, is_ignored), params.invalid, unknown);
  }
  let at = u32(clamp(label, 0, i32(params.classes) - 1));
  counted[row] = select(select(weight[at], 0, is_ignored), params.invalid, unknown);
}

@compute @workgroup_size(64)
fn loss(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64;
  if (row >= params.rows) { return; }
  let start = row * params.classes;
  let total = log_sum_exp(row);
  var value = 0.0;
  var largest = 0u;
  for (var c = 0u; c < params.classes; c++) {
    let share = q[start + c];
    let bits = magnitude_bits(share);
    largest = max(largest, bits);
    if (bits != 0) { value += share * (total.x - x[start + c] + total.y); }
  }
  let unknown = largest > 0x7f800000u || (largest > 0 && magnitude_bits(total.x) > 0x7f800000u);
  y[row] = select(value, params.invalid, unknown);
}

@compute @workgroup_size(64)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64;
  if (row >= params.rows) { return; }
  let start = row * params.classes;
  let total = log_sum_exp(row);
  var all = 0.0;
  var largest = 0u;
  for (var c = 0u; c < params.classes; c++) {
    all += q[start + c];
    largest = max(largest, magnitude_bits(q[start + c]));
  }
  // Drivers differ on exp of NaN.
  let unknown = largest > 0x7f800000u || magnitude_bits(total.x) > 0x7f800000u;
  for (var c = 0u; c < params.classes; c++) {
    let value = (exp(x[start + c] - total.x - total.y) * all - q[start + c]) * g[row];
    y[start + c] = select(select(value, params.invalid, unknown), 0, largest == 0);
  }
}
