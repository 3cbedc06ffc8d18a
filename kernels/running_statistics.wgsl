// Batch normalisation's running statistics.
//
//   update: mean = keep * mean + momentum * mean of the batch; variance likewise, times count / (count - 1)
//   adopt:  statistics as `normalise_groups.wgsl` gives them: (mean, 0, 1 / sqrt(variance + epsilon), variance)
//
// Workgroups: x * y = channels / 64.

struct Params {
  channels: u32,
  keep: f32,         // 1 - momentum, which loses digits if formed in float32
  momentum: f32,
  unbiased: f32,     // momentum * count / (count - 1)
  epsilon: f32,
  invalid: f32,      // NaN, which WGSL forbids as a constant
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> running_variance: array<f32>;
@group(0) @binding(4) var<storage, read> known_mean: array<f32>;
@group(0) @binding(5) var<storage, read> known_variance: array<f32>;
@group(0) @binding(6) var<storage, read_write> result: array<vec4f>;

//#include "parts/inverse_deviation.wgsl"

@compute @workgroup_size(64)
fn update(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.channels) { return; }
  let s = statistics[i];
  running_mean[i] = params.keep * running_mean[i] + params.momentum * (s.x + s.y);
  running_variance[i] = params.keep * running_variance[i] + params.unbiased * s.w;
}

@compute @workgroup_size(64)
fn adopt(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.channels) { return; }
  result[i] = vec4f(known_mean[i], 0, inverse_deviation(known_variance[i]), known_variance[i]);
}
