// Random marks by parts/philox.wgsl, four elements an invocation; they depend on key, stream and the place in memory alone.
//
//   drop: y = x * scale, but times 0 where the mark is set: with probability threshold / 2^31
//   mark: y = 1 where the mark is set, else 0
//
// Workgroups: x * y = elements / 256.

struct Params {
  quads: u32,          // ceil(elements / 4)
  threshold: u32,      // probability * 2^31
  key: vec2u,          // the seed
  stream: vec2u,       // which sequence of this seed
  scale: f32,          // 1 / (1 - probability)
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

//#include "parts/philox.wgsl"

fn marks(i: u32) -> vec4<bool> {
  return (philox(vec4u(i, 0, params.stream), params.key) >> vec4u(1)) < vec4u(params.threshold);
}

@compute @workgroup_size(64)
fn drop(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i < params.quads) { y[i] = x[i] * select(vec4f(params.scale), vec4f(), marks(i)); }
}

@compute @workgroup_size(64)
fn mark(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i < params.quads) { y[i] = select(vec4f(), vec4f(1), marks(i)); }
}
