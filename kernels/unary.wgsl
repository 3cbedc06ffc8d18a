// y[i] = f(x[i]) over densely stored tensors, four elements an invocation; the last vec4 may reach into the padding of the buffer.
//
// Workgroups: x * y = elements / 256, as a grid where there are more than 65,535.

struct Params {
  quads: u32,      // ceil(elements / 4)
  scale: f32,      // of affine; slope, exponent, lower bound
  shift: f32,      // of affine; upper bound
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

override OP: u32 = 0;

//#include "parts/functions.wgsl"

// log(1 + exp(v))
fn soft_plus(v: vec4f) -> vec4f {
  return keep_nan(v, max(v, vec4f()) + logarithm_of_1_plus(exponential(-abs(v))));
}

// sin(v + turns * pi / 2): what is left of v after whole quarter turns (W. Cody and W. Waite's reduction, exact up to |v| = 8192), and a
// minimax polynomial there (S. Moshier's, of Cephes).
fn sine(v: vec4f, turns: i32) -> vec4f {
  let n = round(v * 0.636619772);
  let r = fma(n, vec4f(-7.54978995489188216e-8), fma(n, vec4f(-4.837512969970703125e-4), fma(n, vec4f(-1.5703125), v)));
  let z = r * r;
  let s = fma(r * z, fma(z, fma(z, vec4f(-1.9515295891e-4), vec4f(8.3321608736e-3)), vec4f(-1.6666654611e-1)), r);
  let c = fma(z * z, fma(z, fma(z, vec4f(2.443315711809948e-5), vec4f(-1.388731625493765e-3)), vec4f(4.166664568298827e-2)), fma(z, vec4f(-0.5), vec4f(1)));
  let quadrant = bitcast<vec4u>(vec4i(n) + vec4i(turns));
  let value = select(s, c, (quadrant & vec4u(1u)) == vec4u(1u));
  let turned = bitcast<vec4u>(value) ^ ((quadrant & vec4u(2u)) << vec4u(30u));
  let bits = bitcast<vec4u>(v) & vec4u(0x7fffffffu);
  return bitcast<vec4f>(select(turned, vec4u(0x7fc00000u), bits >= vec4u(0x7f800000u)));
}

// Not by square root and quotient of what is no number: drivers differ.
fn square_root(v: vec4f) -> vec4f {
  let bits = bitcast<vec4u>(v);
  let same = (bits == vec4u(0x7f800000u)) | ((bits & vec4u(0x7fffffffu)) == vec4u());
  let value = select(bitcast<vec4u>(sqrt(v)), bits, same);
  return bitcast<vec4f>(select(value, vec4u(0x7fc00000u), !same & (bits > vec4u(0x7f800000u))));
}

fn apply(v: vec4f) -> vec4f {
  switch (OP) {
    case 0u: { return v * params.scale + params.shift; }                                   // affine
    case 1u: { return rectified(v); }
    case 2u: { return exponential(v); }
    case 3u: { return logarithm(v); }
    case 4u: { return exponential_minus_1(v); }
    case 5u: { return logarithm_of_1_plus(v); }
    case 6u: { return square_root(v); }
    case 7u: { return keep_nan(v, 1 / square_root(v)); }
    case 8u: { return keep_nan(v, 1 / v); }
    case 9u: { return bitcast<vec4f>(bitcast<vec4u>(v) & vec4u(0x7fffffffu)); }            // abs
    case 10u: { return select(select(v, vec4f(-1), v < vec4f()), vec4f(1), v > vec4f()); } // sign
    case 11u: { return select(sine(v, 0), v, v == vec4f()); }
    case 12u: { return sine(v, 1); }
    case 13u: { return hyperbolic_tangent(v); }
    case 14u: { return logistic(v); }
    case 15u: { return soft_plus(v); }
    case 16u: { return v * normal_share(v); }                                              // gelu
    case 17u: { return select(v, v * params.scale, v < vec4f()); }                         // leaky relu
    case 18u: { return power(v, vec4f(params.scale)); }
    case 19u: { return keep_nan(v, min(max(v, vec4f(params.scale)), vec4f(params.shift))); }   // clamp
    default: { return v; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i < params.quads) { y[i] = apply(x[i]); }
}
