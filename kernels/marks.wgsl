// Marks and replacements of single values, element by element; everything stored densely in the same order.
//
//   ties:    y[i] = 1 where x[i] equals top[i], 0 elsewhere, `value` (a NaN) where top[i] is NaN
//   replace: y[i] = x[i], but `value` for infinities (INFINITE) and zeros (ZERO)
//
// Workgroups: x * y = elements / 64.

struct Params {
  elements: u32,
  value: f32,      // a NaN is forbidden as a constant
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> top: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override INFINITE: u32 = 0;
override ZERO: u32 = 0;

fn magnitude_bits(v: f32) -> u32 {
  return bitcast<u32>(v) & 0x7fffffffu;
}

@compute @workgroup_size(64)
fn ties(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.elements) { return; }
  y[i] = select(select(0.0, 1.0, x[i] == top[i]), params.value, magnitude_bits(top[i]) > 0x7f800000u);
}

@compute @workgroup_size(64)
fn replace(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.elements) { return; }
  let bits = magnitude_bits(x[i]);
  y[i] = select(x[i], params.value, (INFINITE == 1u && bits == 0x7f800000u) || (ZERO == 1u && bits == 0u));
}
