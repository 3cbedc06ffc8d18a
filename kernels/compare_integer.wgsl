// y[i] = 1 where a[i] and b[i] compare so, else 0, for int32 (SIGNED), uint32 and bool.
alias Operand = vec4u;
alias Result = vec4u;
alias Word = vec4u;

//#include "parts/pairwise.wgsl"
//#include "parts/order.wgsl"

fn apply(p: vec4u, q: vec4u) -> vec4u {
  switch (OP) {
    case 0u: { return select(vec4u(), vec4u(1u), p == q); }
    case 1u: { return select(vec4u(), vec4u(1u), rank(p) < rank(q)); }
    default: { return select(vec4u(), vec4u(1u), rank(p) <= rank(q)); }
  }
}
