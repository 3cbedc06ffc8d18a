// A step of SGD without momentum; the includer's params have rate and weight_decay.
fn descend(p: vec4f, gradient: vec4f) -> vec4f {
  return p - params.rate * fma(vec4f(params.weight_decay), p, gradient);
}
