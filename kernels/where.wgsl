// y[i] = a[i] where condition[i] is 1, else b[i], over tensors stored densely in the same order, four elements an invocation. Either may be
// one number instead. Elements of 32 bits move as bits, so what is not chosen has no influence, NaN or not.
//
// Workgroups: x * y = elements / 256, as a grid where there are more than 65,535.

struct Params {
  quads: u32,      // ceil(elements / 4)
  a_bits: u32,     // of the numbers
  b_bits: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> condition: array<vec4u>;
@group(0) @binding(2) var<storage, read> a: array<vec4u>;
@group(0) @binding(3) var<storage, read> b: array<vec4u>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4u>;

override A_IS_NUMBER: u32 = 0;
override B_IS_NUMBER: u32 = 0;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  var yes = vec4u(params.a_bits);
  var no = vec4u(params.b_bits);
  if (A_IS_NUMBER == 0u) { yes = a[i]; }
  if (B_IS_NUMBER == 0u) { no = b[i]; }
  y[i] = select(no, yes, condition[i] != vec4u());
}
