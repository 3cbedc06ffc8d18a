// y[i] = f(x[i]) over densely stored tensors, four elements an invocation; the last vec4 may reach into the padding of the buffer.
//
// Workgroups: x * y = elements / 256, as a grid where there are more than 65,535.

struct Params {
  quads: u32,      // ceil(elements / 4)
  scale: f32,      // of affine
  shift: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

override OP: u32 = 0;

fn apply(v: vec4f) -> vec4f {
  switch (OP) {
    case 0u: { return v * params.scale + params.shift; }        // affine
    case 1u: { return select(v, vec4f(), v <= vec4f()); }       // relu: a NaN stays
    case 2u: { return exp(v); }
    case 3u: { return log(v); }
    default: { return v; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i < params.quads) { y[i] = apply(x[i]); }
}
