// y[i] = 1 where a[i] and b[i] compare so, else 0, over tensors stored densely in the same order, four elements an invocation.
//
// Workgroups: x * y = elements / 256, as a grid where there are more than 65,535.

struct Params {
  quads: u32,      // ceil(elements / 4)
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4u>;

override OP: u32 = 0;

//#include "parts/functions.wgsl"

fn holds(p: vec4f, q: vec4f) -> vec4<bool> {
  switch (OP) {
    case 0u: { return p == q; }
    case 1u: { return p < q; }
    default: { return p <= q; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  let ordered = !(is_nan(a[i]) | is_nan(b[i]));   // by the bits: compilers assume that there is no NaN
  y[i] = select(vec4u(), vec4u(1u), holds(a[i], b[i]) & ordered);
}
