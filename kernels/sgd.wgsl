// Stochastic gradient descent over the whole parameter arena, as PyTorch defines it:
//   g += weight_decay * p;  v = momentum * v + g;  p -= rate * v, or with_nesterov p -= rate * (g + momentum * v)
// main is the case without momentum, which keeps no velocity.
//
// Workgroups: x * y = elements / 256.

struct Params {
  quads: u32,
  rate: f32,
  momentum: f32,
  weight_decay: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> velocity: array<vec4f>;

//#include "parts/sgd.wgsl"

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  parameter[i] = descend(parameter[i], gradient[i]);
}

@compute @workgroup_size(64)
fn with_momentum(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  let p = parameter[i];
  let v = fma(vec4f(params.momentum), velocity[i], fma(vec4f(params.weight_decay), p, gradient[i]));
  velocity[i] = v;
  parameter[i] = p - params.rate * v;
}

@compute @workgroup_size(64)
fn with_nesterov(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  let p = parameter[i];
  let g = fma(vec4f(params.weight_decay), p, gradient[i]);
  let v = fma(vec4f(params.momentum), velocity[i], g);
  velocity[i] = v;
  parameter[i] = p - params.rate * fma(vec4f(params.momentum), v, g);
}
