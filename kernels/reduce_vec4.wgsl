// Sums, maxima and minima of float32, four neighbours at a time. A NaN wins over all.
alias Value = vec4f;

//#include "parts/reduce.wgsl"

fn is_nan(v: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);   // compilers fold v != v
}

fn apply(p: vec4f, q: vec4f) -> vec4f {
  switch (OP) {
    case 0u: { return p + q; }
    case 1u: { return select(select(max(p, q), q, is_nan(q)), p, is_nan(p)); }
    default: { return select(select(min(p, q), q, is_nan(q)), p, is_nan(p)); }
  }
}

fn scaled(v: vec4f) -> vec4f {
  return v * params.scale;
}
