// y[i] = x[i] in another element type of 32 bits, over tensors stored densely in the same order, four elements an invocation.
//
// From float32 to whole numbers: towards zero, to the nearest that there is beyond the ends, NaN to 0. To float32: the nearest, ties to even.
// To bool: 1 unless 0; a NaN is not 0. Between int32, uint32 and bool the bits stay: what does not fit wraps around.
//
// Workgroups: x * y = elements / 256, as a grid where there are more than 65,535.

struct Params {
  quads: u32,      // ceil(elements / 4)
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4u>;

override FROM: u32 = 0;   // 0 float32, 1 int32, 2 uint32, 3 bool
override TO: u32 = 0;

// By parts that are exact, so that there is one rounding and it is that of an addition: conversions round as they like.
fn nearest_float(v: vec4u) -> vec4f {
  return fma(vec4f(v >> vec4u(16u)), vec4f(65536), vec4f(v & vec4u(0xffffu)));
}

fn to_float(v: vec4u) -> vec4u {
  if (FROM != 1u) { return bitcast<vec4u>(nearest_float(v)); }
  let sign = v & vec4u(0x80000000u);
  let size = select(v, ~v + 1u, sign != vec4u());
  return bitcast<vec4u>(nearest_float(size)) | sign;
}

// Conversions of what does not fit, and of NaN, differ between drivers: they only see what fits.
fn to_signed(v: vec4f, is_nan: vec4<bool>) -> vec4u {
  let inside = select(vec4f(), v, !is_nan & (abs(v) < vec4f(0x1p31f)));
  let beyond = select(select(vec4u(), vec4u(0x80000000u), v <= vec4f(-0x1p31f)), vec4u(0x7fffffffu), v >= vec4f(0x1p31f));
  return select(bitcast<vec4u>(vec4i(inside)) | beyond, vec4u(), is_nan);
}

fn to_unsigned(v: vec4f, is_nan: vec4<bool>) -> vec4u {
  let inside = select(vec4f(), v, !is_nan & (v > vec4f()) & (v < vec4f(0x1p32f)));
  let beyond = select(vec4u(), vec4u(0xffffffffu), v >= vec4f(0x1p32f));
  return select(vec4u(inside) | beyond, vec4u(), is_nan);
}

fn converted(bits: vec4u) -> vec4u {
  let size = bits & vec4u(0x7fffffffu);
  let is_nan = size > vec4u(0x7f800000u);
  if (TO == 3u) { return select(vec4u(), vec4u(1u), select(bits, size, FROM == 0u) != vec4u()); }
  if (TO == 0u) { return to_float(bits); }
  if (FROM != 0u) { return bits; }
  if (TO == 1u) { return to_signed(bitcast<vec4f>(bits), is_nan); }
  return to_unsigned(bitcast<vec4f>(bits), is_nan);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i < params.quads) { y[i] = converted(x[i]); }
}
