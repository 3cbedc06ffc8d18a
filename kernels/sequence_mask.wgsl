// y[time][row][i] = x[time][row][i] while time < lengths[row], 0 from there on, whatever is there; a length below 0 counts as 0.
//
// Workgroups: x * y = elements / 64.

struct Params {
  elements: u32,
  rows: u32,
  width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.elements) { return; }
  let line = i / params.width;
  let time = line / params.rows;
  y[i] = select(0.0, x[i], i32(time) < lengths[line - time * params.rows]);
}
