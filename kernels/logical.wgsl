// y[i] = f(a[i], b[i]) over truth values, 0 and 1, stored densely in the same order, four elements an invocation.
//
// Workgroups: x * y = elements / 256, as a grid where there are more than 65,535.

struct Params {
  quads: u32,      // ceil(elements / 4)
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4u>;
@group(0) @binding(2) var<storage, read> b: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4u>;

override OP: u32 = 0;

fn apply(p: vec4u, q: vec4u) -> vec4u {
  switch (OP) {
    case 0u: { return p & q; }
    case 1u: { return p | q; }
    case 2u: { return p ^ q; }
    default: { return p ^ vec4u(1u); }   // not a; b is bound to a as well
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i < params.quads) { y[i] = apply(a[i], b[i]); }
}
