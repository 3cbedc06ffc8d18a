// y[i] = f(a[i], b[i]) for float32.
alias Operand = vec4f;
alias Result = vec4f;

//#include "parts/pairwise.wgsl"
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
    case 8u: { return p * fma(q, normal_density(q), normal_share(q)); }   // the derivative of gelu
    default: { return p; }
  }
}
