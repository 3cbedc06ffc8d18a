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

// Drivers differ on what exp of NaN is, and log of NaN, of 0, of negative and of subnormal numbers: decided here, by the bits.
fn exponential(v: vec4f) -> vec4f {
  let bits = bitcast<vec4u>(v);
  let is_nan = (bits & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
  return bitcast<vec4f>(select(bitcast<vec4u>(exp(v)), bits, is_nan));
}

fn logarithm(v: vec4f) -> vec4f {
  let bits = bitcast<vec4u>(v);
  let subnormal = bits < vec4u(0x00800000u);   // bits * 2^-149
  let value = log(select(v, vec4f(bits), subnormal)) - select(vec4f(), vec4f(103.27893), subnormal);
  let finite = select(bitcast<vec4u>(value), bits, bits == vec4u(0x7f800000u));
  let checked = select(finite, vec4u(0x7fc00000u), bits > vec4u(0x7f800000u));
  return bitcast<vec4f>(select(checked, vec4u(0xff800000u), (bits & vec4u(0x7fffffffu)) == vec4u()));
}

fn apply(v: vec4f) -> vec4f {
  switch (OP) {
    case 0u: { return v * params.scale + params.shift; }        // affine
    case 1u: { return select(v, vec4f(), v <= vec4f()); }       // relu: a NaN stays
    case 2u: { return exponential(v); }
    case 3u: { return logarithm(v); }
    default: { return v; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i < params.quads) { y[i] = apply(x[i]); }
}
