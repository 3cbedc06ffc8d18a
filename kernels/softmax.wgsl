// Row-wise logarithm of softmax, and cross-entropy with its derivative. Rows are [row][class].
//
//   log_softmax:   y[r][c] = x[r][c] - log sum exp x[r]
//   cross_entropy: y[r] = log sum exp x[r] - x[r][target]     
//   gradient:      y[r][c] = (softmax(x[r])[c] - (c == target)) * g[r]
//   one_hot:       y[r][c] = c == target
//
// The maximum of the row is subtracted first, so nothing overflows. Targets outside [0, classes) give NaN, never a wrong number.
//
// Workgroups: x * y = rows / 64.

struct Params {
  rows: u32,
  classes: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> g: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn log_sum_exp(row: u32) -> f32 {
  let start = row * params.classes;
  var top = x[start];
  for (var c = 1u; c < params.classes; c++) { top = max(top, x[start + c]); }
  var sum = 0.0;
  for (var c = 0u; c < params.classes; c++) { sum += exp(x[start + c] - top); }
  return top + log(sum);
}

fn not_a_number() -> f32 {
  return bitcast<f32>(0x7fc00000u + (params.rows >> 31u));   // not a constant: WGSL forbids those
}

@compute @workgroup_size(64)
fn log_softmax(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64;
  if (row >= params.rows) { return; }
  let total = log_sum_exp(row);
  for (var c = 0u; c < params.classes; c++) { y[row * params.classes + c] = x[row * params.classes + c] - total; }
}

@compute @workgroup_size(64)
fn cross_entropy(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64;
  if (row >= params.rows) { return; }
  let label = targets[row];
  if (label < 0 || label >= i32(params.classes)) { y[row] = not_a_number(); return; }
  y[row] = log_sum_exp(row) - x[row * params.classes + u32(label)];
}

@compute @workgroup_size(64)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64;
  if (row >= params.rows) { return; }
  let label = targets[row];
  let total = log_sum_exp(row);
  for (var c = 0u; c < params.classes; c++) {
    let at = row * params.classes + c;
    let hit = select(0.0, 1.0, i32(c) == label);
    y[at] = (exp(x[at] - total) - hit) * g[row];
  }
}

@compute @workgroup_size(64)
fn one_hot(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.rows * params.classes) { return; }
  let row = i / params.classes;
  y[i] = select(0.0, 1.0, i32(i - row * params.classes) == targets[row]);
}
