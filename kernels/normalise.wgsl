// Normalisation of every element by the statistics of its group, and the derivative by the elements; four neighbours in memory an invocation.
//
//   apply:    y = normal * weight + bias,   normal = (x - mean) / sqrt(variance + epsilon)
//   gradient: y = (v - share * (sum v + normal * sum v normal)) / sqrt(variance + epsilon),   v = g * weight
//
// Statistics and sums are those of `normalise_groups.wgsl`: (near, shift, 1 / sqrt(variance + epsilon), variance) with mean = near + shift, and
// (sum v, sum v normal). An element's place in memory is four nested indices, the innermost last.
//
// Workgroups: x * y = elements / 256.

struct Params {
  size: vec4u,         // of the nested indices
  group: vec4u,        // their strides, in groups
  parameter: vec4u,    // their strides, in weights
  elements: u32,
  weighted: u32,       // 0: all weights are 1
  biased: u32,         // 0: there is no bias
  outside: u32,        // 1 if the sums leave the weights out, which are then the same all over a group
  share: f32,          // 1 / members of a group; 0 where the statistics do not depend on x
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> g: array<vec4f>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(6) var<storage, read> totals: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> y: array<vec4f>;

// Where four neighbours have their statistics and their weights.
struct Quad {
  group: vec4u,
  parameter: vec4u,
}

fn quad_at(i: u32) -> Quad {
  var rest = min(vec4u(4 * i) + vec4u(0, 1, 2, 3), vec4u(params.elements - 1));
  var quad = Quad();
  for (var d = 3; d > 0; d--) {
    let size = params.size[d];
    if (size == 1) { continue; }   // software adapters divide slowly
    let outer = rest / vec4u(size);
    let index = rest - outer * size;
    quad.group += index * params.group[d];
    quad.parameter += index * params.parameter[d];
    rest = outer;
  }
  quad.group += rest * params.group.x;
  quad.parameter += rest * params.parameter.x;
  return quad;
}

// near, shift, 1 / sqrt(variance + epsilon), variance; of each of the four.
fn statistics_of(quad: Quad) -> mat4x4f {
  return transpose(mat4x4f(statistics[quad.group.x], statistics[quad.group.y], statistics[quad.group.z], statistics[quad.group.w]));
}

fn weights_of(quad: Quad) -> vec4f {
  if (params.weighted == 0) { return vec4f(1); }
  return vec4f(weight[quad.parameter.x], weight[quad.parameter.y], weight[quad.parameter.z], weight[quad.parameter.w]);
}

fn biases_of(quad: Quad) -> vec4f {
  if (params.biased == 0) { return vec4f(); }
  return vec4f(bias[quad.parameter.x], bias[quad.parameter.y], bias[quad.parameter.z], bias[quad.parameter.w]);
}

@compute @workgroup_size(64)
fn apply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (4 * i >= params.elements) { return; }
  let quad = quad_at(i);
  let s = statistics_of(quad);
  y[i] = ((x[i] - s[0]) - s[1]) * s[2] * weights_of(quad) + biases_of(quad);
}

@compute @workgroup_size(64)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (4 * i >= params.elements) { return; }
  let quad = quad_at(i);
  let s = statistics_of(quad);
  let weights = weights_of(quad);
  if (params.share == 0) {
    y[i] = s[2] * weights * g[i];
    return;
  }
  let normal = ((x[i] - s[0]) - s[1]) * s[2];
  let a = totals[quad.group.x]; let b = totals[quad.group.y]; let c = totals[quad.group.z]; let d = totals[quad.group.w];
  let pull = params.share * (vec4f(a.x, b.x, c.x, d.x) + normal * vec4f(a.y, b.y, c.y, d.y));
  y[i] = s[2] * select(weights * g[i] - pull, weights * (g[i] - pull), params.outside == 1);
}
