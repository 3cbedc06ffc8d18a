// Sums, maxima and minima of int32 (SIGNED) and uint32. Sums wrap around; nothing is scaled.
alias Value = u32;
alias Word = u32;

//#include "parts/reduce.wgsl"
//#include "parts/order.wgsl"

fn apply(p: u32, q: u32) -> u32 {
  switch (OP) {
    case 0u: { return p + q; }
    case 1u: { return rank(max(rank(p), rank(q))); }
    default: { return rank(min(rank(p), rank(q))); }
  }
}

fn scaled(v: u32) -> u32 {
  return v;
}
