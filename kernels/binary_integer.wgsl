// y[i] = f(a[i], b[i]) for int32 (SIGNED) and uint32. Sums and products wrap around, and then the sign makes no difference.
alias Operand = vec4u;
alias Result = vec4u;
alias Word = vec4u;

//#include "parts/pairwise.wgsl"
//#include "parts/order.wgsl"

// The numbers are those of binary.wgsl.
fn apply(p: vec4u, q: vec4u) -> vec4u {
  switch (OP) {
    case 0u: { return p + q; }
    case 1u: { return p - q; }
    case 2u: { return p * q; }
    case 6u: { return rank(min(rank(p), rank(q))); }
    default: { return rank(max(rank(p), rank(q))); }
  }
}
