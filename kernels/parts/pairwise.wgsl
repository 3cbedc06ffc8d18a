// y[i] = apply(a[i], b[i]) over tensors stored densely in the same order, four elements an invocation.
//
// The includer has the aliases Operand and Result, four elements each, and `fn apply(p: Operand, q: Operand) -> Result`.
//
// Workgroups: x * y = elements / 256, as a grid where there are more than 65,535.

struct Params {
  quads: u32,      // ceil(elements / 4)
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Operand>;
@group(0) @binding(2) var<storage, read> b: array<Operand>;
@group(0) @binding(3) var<storage, read_write> y: array<Result>;

override OP: u32 = 0;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i < params.quads) { y[i] = apply(a[i], b[i]); }
}
