// y[i] = f(a[i], b[i]) for truth values, 0 and 1.
alias Operand = vec4u;
alias Result = vec4u;

//#include "parts/pairwise.wgsl"

fn apply(p: vec4u, q: vec4u) -> vec4u {
  switch (OP) {
    case 0u: { return p & q; }
    case 1u: { return p | q; }
    case 2u: { return p ^ q; }
    default: { return p ^ vec4u(1u); }   // not a; b is bound to a as well
  }
}
