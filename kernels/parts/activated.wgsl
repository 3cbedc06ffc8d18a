// What happens to a value before it is stored, by number: 0 nothing, 1 relu, 2 tanh, 3 sigmoid.

//#include "functions.wgsl"

fn activated(kind: u32, v: vec4f) -> vec4f {
  switch (kind) {
    case 1u: { return rectified(v); }
    case 2u: { return hyperbolic_tangent(v); }
    case 3u: { return logistic(v); }
    default: { return v; }
  }
}
