// Sums, maxima and minima of float32. A NaN wins over all.
alias Value = f32;

//#include "parts/reduce.wgsl"

fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;   // compilers fold v != v
}

fn greater(p: f32, q: f32) -> f32 {
  if (is_nan(p)) { return p; }
  if (is_nan(q)) { return q; }
  return max(p, q);
}

fn less(p: f32, q: f32) -> f32 {
  if (is_nan(p)) { return p; }
  if (is_nan(q)) { return q; }
  return min(p, q);
}

fn apply(p: f32, q: f32) -> f32 {
  switch (OP) {
    case 0u: { return p + q; }
    case 1u: { return greater(p, q); }
    default: { return less(p, q); }
  }
}

fn scaled(v: f32) -> f32 {
  return v * params.scale;
}
