// Adam and AdamW over the whole parameter arena, as PyTorch defines them:
//   g += decay * p                      (Adam's L2 penalty; 0 for AdamW)
//   m = keep_mean * m + (1 - keep_mean) * g;  v = keep_square * v + (1 - keep_square) * g * g
//   p = shrink * p - rate * m / (sqrt(v) / root + epsilon)
// The bias corrections are in rate and root, computed by the caller. Epsilon is above 0, so where everything is 0 it stays 0.
//
// Workgroups: x * y = elements / 256.

struct Params {
  quads: u32,
  keep_mean: f32,      // beta1
  add_mean: f32,       // 1 - beta1, which loses digits if formed in float32
  keep_square: f32,    // beta2
  add_square: f32,     // 1 - beta2
  rate: f32,           // lr / (1 - beta1^t)
  root: f32,           // sqrt(1 - beta2^t)
  epsilon: f32,
  decay: f32,
  shrink: f32,         // 1 - lr * weight decay for AdamW, else 1
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> average: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> square: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  let p = parameter[i];
  let g = fma(vec4f(params.decay), p, gradient[i]);
  let m = fma(vec4f(params.keep_mean), average[i], params.add_mean * g);
  let v = fma(vec4f(params.keep_square), square[i], params.add_square * g * g);
  average[i] = m;
  square[i] = v;
  parameter[i] = params.shrink * p - params.rate * (m / (sqrt(v) / params.root + params.epsilon));
}
