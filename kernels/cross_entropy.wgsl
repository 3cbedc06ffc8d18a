// Cross-entropy of rows with its derivative, and one-hot. Rows are [row][class].
//
//   cross_entropy: y[r] = log sum exp x[r] - x[r][target]
//   gradient:      y[r][c] = (softmax(x[r])[c] - (c == target)) * g[r]
//   one_hot:       y[r][c] = c == target, `invalid` if the target is outside
//
// The maximum of the row is subtracted first, so nothing overflows, and large logits lose no digits. Targets outside [0, classes) are
// reported (but by the gradient) and give NaN, and so do rows with a NaN or an infinity at the top: never a wrong number.
//
// Workgroups: x * y = rows / 64.

struct Params {
  rows: u32,
  classes: u32,
  invalid: f32,      // NaN, which WGSL forbids as a constant
  code: u32,         // of the report of a target that is outside
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> g: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> faults: array<atomic<u32>>;

//#include "parts/log_sum_exp.wgsl"
//#include "parts/faults.wgsl"

@compute @workgroup_size(64)
fn cross_entropy(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64;
  if (row >= params.rows) { return; }
  let label = targets[row];
  if (is_outside(label)) {
    report(params.code, label);
    y[row] = params.invalid;
    return;
  }
  let total = log_sum_exp(row);
  y[row] = total.x - x[row * params.classes + u32(label)] + total.y;
}

@compute @workgroup_size(64)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64;
  if (row >= params.rows) { return; }
  let label = targets[row];
  let total = log_sum_exp(row);
  // Drivers differ on exp of NaN.
  let unknown = is_outside(label) || magnitude_bits(total.x) > 0x7f800000u;
  for (var c = 0u; c < params.classes; c++) {
    let at = row * params.classes + c;
    let hit = select(0.0, 1.0, i32(c) == label);
    y[at] = select((exp(x[at] - total.x - total.y) - hit) * g[row], params.invalid, unknown);
  }
}

@compute @workgroup_size(64)
fn one_hot(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.rows * params.classes) { return; }
  let row = i / params.classes;
  let c = i - row * params.classes;
  let label = targets[row];
  if (is_outside(label) && c == 0u) { report(params.code, label); }
  y[i] = select(select(0.0, 1.0, i32(c) == label), params.invalid, is_outside(label));
}
