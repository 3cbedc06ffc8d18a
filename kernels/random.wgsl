// Counter-based random numbers, by parts/philox.wgsl: the result depends on key, stream and index alone.
//
//   uniform: low + (high - low) * u,   u in [0, 1) with 24 bits
//   normal:  mean + deviation * z,     z = sqrt 2 * erfinv(2 u - 1) with 23 bits, u never 0 or 1 (Giles, "Approximating the erfinv
//            function", 2011): no sine or cosine, which some adapters compute to 4 digits only
//   truncated: the same, of the part of (-1, 1) around `centre` that erf maps the bounds to
//
// Workgroups: x * y = elements / 256.

struct Params {
  quads: u32,          // ceil(elements / 4)
  key: vec2u,          // the seed
  stream: vec2u,       // which sequence of this seed
  low: f32,            // or the mean
  high: f32,           // or the standard deviation
  centre: f32,         // of a truncated normal: the middle and half the width of the part of (-1, 1), and the bounds
  reach: f32,
  least: f32,
  most: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

//#include "parts/philox.wgsl"

fn inverse_erf(v: vec4f) -> vec4f {
  let w = -log((1 - v) * (1 + v));
  let centre = w - 2.5;
  var inner = vec4f(2.81022636e-08);
  inner = fma(inner, centre, vec4f(3.43273939e-07));
  inner = fma(inner, centre, vec4f(-3.5233877e-06));
  inner = fma(inner, centre, vec4f(-4.39150654e-06));
  inner = fma(inner, centre, vec4f(0.00021858087));
  inner = fma(inner, centre, vec4f(-0.00125372503));
  inner = fma(inner, centre, vec4f(-0.00417768164));
  inner = fma(inner, centre, vec4f(0.246640727));
  inner = fma(inner, centre, vec4f(1.50140941));
  let tail = sqrt(w) - 3;
  var outer = vec4f(-0.000200214257);
  outer = fma(outer, tail, vec4f(0.000100950558));
  outer = fma(outer, tail, vec4f(0.00134934322));
  outer = fma(outer, tail, vec4f(-0.00367342844));
  outer = fma(outer, tail, vec4f(0.00573950773));
  outer = fma(outer, tail, vec4f(-0.0076224613));
  outer = fma(outer, tail, vec4f(0.00943887047));
  outer = fma(outer, tail, vec4f(1.00167406));
  outer = fma(outer, tail, vec4f(2.83297682));
  return select(outer, inner, w < vec4f(5)) * v;
}

fn words(i: u32) -> vec4u {
  return philox(vec4u(i, 0, params.stream), params.key);
}

@compute @workgroup_size(64)
fn uniform_numbers(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  let u = vec4f(words(i) >> vec4u(8)) * 0x1p-24f;
  y[i] = fma(u, vec4f(params.high - params.low), vec4f(params.low));
}

// The middles of 2^23 cells of (-1, 1): symmetric, and exact in float32.
fn middles(i: u32) -> vec4f {
  return (vec4f(words(i) >> vec4u(9)) + 0.5) * 0x1p-22f - 1;
}

@compute @workgroup_size(64)
fn normal_numbers(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  y[i] = fma(sqrt(2.0) * inverse_erf(middles(i)), vec4f(params.high), vec4f(params.low));
}

@compute @workgroup_size(64)
fn truncated_normal_numbers(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  let v = fma(middles(i), vec4f(params.reach), vec4f(params.centre));
  let y0 = fma(sqrt(2.0) * inverse_erf(v), vec4f(params.high), vec4f(params.low));
  y[i] = clamp(y0, vec4f(params.least), vec4f(params.most));
}
