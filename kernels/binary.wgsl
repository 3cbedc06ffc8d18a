// y[i] = f(a[i], b[i]) over tensors stored densely in the same order, four elements an invocation.
//
// Workgroups: x * y = elements / 256, as a grid where there are more than 65,535.

struct Params {
  quads: u32,      // ceil(elements / 4)
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

override OP: u32 = 0;

//#include "parts/functions.wgsl"

// Where either is NaN, NaN.
fn keep_nans(p: vec4f, q: vec4f, y: vec4f) -> vec4f {
  return keep_nan(p, keep_nan(q, y));
}

fn apply(p: vec4f, q: vec4f) -> vec4f {
  switch (OP) {
    case 0u: { return p + q; }
    case 1u: { return p - q; }
    case 2u: { return p * q; }
    case 3u: { return p / q; }
    case 4u: { return select(p, vec4f(), q <= vec4f()); }   // p where q > 0: the derivative of relu
    case 5u: { return power(p, q); }
    case 6u: { return keep_nans(p, q, min(p, q)); }
    case 7u: { return keep_nans(p, q, max(p, q)); }
    default: { return p; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i < params.quads) { y[i] = apply(a[i], b[i]); }
}
