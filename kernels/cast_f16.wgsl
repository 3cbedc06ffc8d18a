// Between float32 and float16, over tensors stored densely in the same order, four elements an invocation.
//
//   widen:  y[i] = x[i], exactly
//   narrow: y[i] = the float16 nearest to x[i], ties to even; from 65520 on infinity, below 2^-25 zero; a NaN stays one
//
// In integers: conversions of floats may round either way and take subnormal numbers for 0. So this needs no `enable f16`.
//
// Workgroups: x * y = elements / 256, as a grid where there are more than 65,535.

struct Params {
  quads: u32,      // ceil(elements / 4)
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> half: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> full: array<vec4u>;
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> y: array<vec2u>;

fn wide(h: vec4u) -> vec4u {
  let size = h & vec4u(0x7fffu);
  // The exponent's bias is 127 instead of 15; infinity and NaN have all its bits set, subnormal numbers are whole steps of 2^-24.
  let normal = (size << vec4u(13u)) + vec4u(112u << 23u);
  let subnormal = bitcast<vec4u>(vec4f(size) * 0x1p-24f);
  let top = select(normal, normal + vec4u(112u << 23u), size >= vec4u(0x7c00u));
  return select(top, subnormal, size < vec4u(0x0400u)) | ((h & vec4u(0x8000u)) << vec4u(16u));
}

// v / 2^n for n from 1 to 25, to the nearest, ties to even.
fn shifted(v: vec4u, n: vec4u) -> vec4u {
  let below = v >> n;
  return (v + (vec4u(1u) << (n - 1u)) - 1u + (below & vec4u(1u))) >> n;
}

fn narrowed(bits: vec4u) -> vec4u {
  let size = bits & vec4u(0x7fffffffu);
  let exponent = size >> vec4u(23u);
  let normal = shifted(size - vec4u(112u << 23u), vec4u(13u));
  // Below 2^-14: the mantissa with its leading bit, in steps of 2^-24. Of 24 bits, a shift by 25 leaves none.
  let subnormal = shifted((size & vec4u(0x007fffffu)) | vec4u(0x00800000u), clamp(126u - exponent, vec4u(1u), vec4u(25u)));
  var h = select(normal, subnormal, exponent < vec4u(113u));
  h = select(h, vec4u(0x7c00u), size >= vec4u(0x477ff000u));   // 65520
  h = select(h, vec4u(0x7e00u), size > vec4u(0x7f800000u));
  return h | ((bits >> vec4u(16u)) & vec4u(0x8000u));
}

@compute @workgroup_size(64)
fn widen(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  let pairs = half[i];
  full[i] = wide(vec4u(pairs.x & 0xffffu, pairs.x >> 16u, pairs.y & 0xffffu, pairs.y >> 16u));
}

@compute @workgroup_size(64)
fn narrow(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  let h = narrowed(x[i]);
  y[i] = vec2u(h.x | (h.y << 16u), h.z | (h.w << 16u));
}
