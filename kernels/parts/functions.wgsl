// Functions of four numbers at a time, to four units in the last place on every adapter. The built-in ones are not: some sines are good
// to four digits, some tangents lose all of theirs near 0, and drivers differ on what exp and log of NaN, infinity, 0 and subnormal
// numbers are. Compilers may turn (1 + x) - 1 into x, so nothing here recovers a rounding error by subtracting.

fn is_nan(v: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

// A NaN of v stays; elsewhere y.
fn keep_nan(v: vec4f, y: vec4f) -> vec4f {
  return bitcast<vec4f>(select(bitcast<vec4u>(y), bitcast<vec4u>(v), is_nan(v)));
}

// y with the sign of v.
fn copy_sign(v: vec4f, y: vec4f) -> vec4f {
  return bitcast<vec4f>((bitcast<vec4u>(y) & vec4u(0x7fffffffu)) | (bitcast<vec4u>(v) & vec4u(0x80000000u)));
}

// 2^n for whole n from -126 to 127.
fn two_to(n: vec4f) -> vec4f {
  return bitcast<vec4f>(vec4u(vec4i(n) + vec4i(127)) << vec4u(23u));
}

// v - n ln 2, where ln 2 is split so that the first product is exact. The second goes by integers: in floats, compilers would add the two
// halves of ln 2 up again.
fn without_octaves(v: vec4f, n: vec4f) -> vec4f {
  return fma(n, vec4f(-0.693359375), v) + vec4f(vec4i(n) * vec4i(7290945)) * 0x1p-35f;
}

// exp(r) - 1 for |r| <= ln 2 / 2, by its Taylor polynomial.
fn exp_minus_1_near_0(r: vec4f) -> vec4f {
  var p = vec4f(1.0 / 5040.0);
  p = fma(p, r, vec4f(1.0 / 720.0));
  p = fma(p, r, vec4f(1.0 / 120.0));
  p = fma(p, r, vec4f(1.0 / 24.0));
  p = fma(p, r, vec4f(1.0 / 6.0));
  p = fma(p, r, vec4f(0.5));
  return fma(r * r, p, r);
}

fn exponential(v: vec4f) -> vec4f {
  let x = clamp(v, vec4f(-150), vec4f(130));
  let n = round(x * 1.44269504);
  let half = floor(n * 0.5);   // 2^n alone may be out of range where the result is not
  let y = (1 + exp_minus_1_near_0(without_octaves(x, n))) * two_to(half) * two_to(n - half);
  return keep_nan(v, y);
}

// exp(v) - 1 without cancellation.
fn exponential_minus_1(v: vec4f) -> vec4f {
  let x = clamp(v, vec4f(-20), vec4f(89));
  let n = round(x * 1.44269504);
  let half = two_to(n - 1);
  let y = 2 * fma(half, exp_minus_1_near_0(without_octaves(x, n)), half - 0.5);
  return keep_nan(v, select(y, v, v == vec4f()));
}

// log(1 + f) for f from -0.3 to 0.42: 2 atanh(s) with s = f / (2 + f), arranged so that the rounding of s hardly counts.
fn log_near_1(f: vec4f) -> vec4f {
  let s = f / (2 + f);
  let z = s * s;
  var p = vec4f(2.0 / 11.0);
  p = fma(p, z, vec4f(2.0 / 9.0));
  p = fma(p, z, vec4f(2.0 / 7.0));
  p = fma(p, z, vec4f(2.0 / 5.0));
  p = fma(p, z, vec4f(2.0 / 3.0));
  return fma(-s, fma(-p, z, f), f);
}

fn logarithm(v: vec4f) -> vec4f {
  let bits = bitcast<vec4u>(v);
  let subnormal = bits < vec4u(0x00800000u);   // bits * 2^-149
  let x = bitcast<vec4i>(select(bits, bitcast<vec4u>(vec4f(bits)), subnormal));
  let octave = (x - vec4i(0x3f3504f3)) >> vec4u(23u);   // leaves a factor between sqrt(1/2) and sqrt(2)
  let n = vec4f(octave) - select(vec4f(), vec4f(149), subnormal);
  let near = log_near_1(bitcast<vec4f>(x - (octave << vec4u(23u))) - 1);
  let value = bitcast<vec4u>(fma(n, vec4f(0.693359375), fma(n, vec4f(-2.12194440e-4), near)));
  let finite = select(value, bits, bits == vec4u(0x7f800000u));
  let checked = select(finite, vec4u(0x7fc00000u), bits > vec4u(0x7f800000u));
  return bitcast<vec4f>(select(checked, vec4u(0xff800000u), (bits & vec4u(0x7fffffffu)) == vec4u()));
}

fn logarithm_of_1_plus(v: vec4f) -> vec4f {
  let y = select(logarithm(1 + v), log_near_1(v), (v > vec4f(-0.29)) & (v < vec4f(0.41)));
  return select(y, v, v == vec4f());
}

// x^n for whole |n| <= 64.
fn whole_power(x: vec4f, n: vec4f) -> vec4f {
  var bits = vec4u(min(abs(n), vec4f(64)));
  var base = x;
  var y = vec4f(1);
  for (var i = 0; i < 7; i++) {
    y = select(y, y * base, (bits & vec4u(1u)) == vec4u(1u));
    base *= base;
    bits >>= vec4u(1u);
  }
  return select(y, 1 / y, n < vec4f());
}

// p^q as IEEE 754 defines pow; the error grows with |q log p| unless q is a small whole number.
fn power(p: vec4f, q: vec4f) -> vec4f {
  let base = abs(p);
  let size = abs(q);
  let whole = floor(q) == q;
  let odd = whole & (size < vec4f(0x1p24f)) & ((vec4u(min(size, vec4f(0x1p24f))) & vec4u(1u)) == vec4u(1u));
  let infinite = bitcast<vec4u>(size) == vec4u(0x7f800000u);
  let value = select(exponential(q * logarithm(base)), whole_power(base, q), whole & (size <= vec4f(64)));
  let signed = bitcast<vec4u>(value) | select(vec4u(), bitcast<vec4u>(p) & vec4u(0x80000000u), odd);
  let invalid = is_nan(p) | is_nan(q) | ((p < vec4f()) & (bitcast<vec4u>(base) != vec4u(0x7f800000u)) & !whole & !infinite);
  let one = (q == vec4f()) | (p == vec4f(1)) | ((base == vec4f(1)) & infinite);
  return bitcast<vec4f>(select(select(signed, vec4u(0x7fc00000u), invalid), vec4u(0x3f800000u), one));
}

// A NaN stays.
fn rectified(v: vec4f) -> vec4f {
  return select(v, vec4f(), v <= vec4f());
}

// By exp(2 |v|) - 1, which is accurate near 0. Beyond 20 the result is 1.
fn hyperbolic_tangent(v: vec4f) -> vec4f {
  let e = exponential_minus_1(2 * min(abs(v), vec4f(20)));
  return keep_nan(v, copy_sign(v, e / (e + 2)));
}

fn logistic(v: vec4f) -> vec4f {
  let e = exponential(-abs(v));
  return keep_nan(v, select(vec4f(1), e, v < vec4f()) / (1 + e));
}

// The share of the normal distribution below v: half of erfc(-v / sqrt 2), by the Chebyshev fit of Numerical Recipes, 2nd edition, 6.2.
fn normal_share(v: vec4f) -> vec4f {
  let z = abs(v) * 0.707106781;
  let t = 1 / (1 + 0.5 * z);
  var p = vec4f(0.17087277);
  p = fma(p, t, vec4f(-0.82215223));
  p = fma(p, t, vec4f(1.48851587));
  p = fma(p, t, vec4f(-1.13520398));
  p = fma(p, t, vec4f(0.27886807));
  p = fma(p, t, vec4f(-0.18628806));
  p = fma(p, t, vec4f(0.09678418));
  p = fma(p, t, vec4f(0.37409196));
  p = fma(p, t, vec4f(1.00002368));
  p = fma(p, t, vec4f(-1.26551223));
  let tail = 0.5 * t * exponential(fma(-z, z, p));
  return keep_nan(v, select(1 - tail, tail, v < vec4f()));
}

// And its density there.
fn normal_density(v: vec4f) -> vec4f {
  return 0.3989422804 * exponential(-0.5 * v * v);
}
