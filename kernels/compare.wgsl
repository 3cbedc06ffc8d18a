// y[i] = 1 where a[i] and b[i] compare so, else 0, for float32.
alias Operand = vec4f;
alias Result = vec4u;

//#include "parts/pairwise.wgsl"
//#include "parts/functions.wgsl"

fn holds(p: vec4f, q: vec4f) -> vec4<bool> {
  switch (OP) {
    case 0u: { return p == q; }
    case 1u: { return p < q; }
    default: { return p <= q; }
  }
}

fn apply(p: vec4f, q: vec4f) -> vec4u {
  let ordered = !(is_nan(p) | is_nan(q));   // by the bits: compilers assume that there is no NaN
  return select(vec4u(), vec4u(1u), holds(p, q) & ordered);
}
