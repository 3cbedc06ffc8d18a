// Sums over groups of values, for normalisation and its derivative, in a fixed order.
//
//   moments: each invocation takes a chunk of a group and gives (near, shift, squares, count): near + shift is its mean, near alone a float32
//            close to it, squares the sum of the squared distances from the mean. Centred before squaring, so a large mean costs no digits.
//   merge:   moments of several chunks to those of their union (Chan, Golub and LeVeque, 1983). With one chunk left, either entry gives
//            (near, shift, 1 / sqrt(variance + epsilon), variance) with variance = squares / count instead.
//   sums:    (sum of v, sum of v * normal) for v = g * weight and normal = (x - mean) / sqrt(variance + epsilon).
//
// A result is addressed by two nested indices, its members by two more. A chunk holds every `chunks`-th member, so that neighbours read
// neighbours. Results are [chunk][result].
//
// Workgroups: x * y = chunks * results / 64.

struct Params {
  size: vec4u,         // of the nested indices: two of the result, two of the members
  position: vec4u,     // their strides, in elements of x
  group: vec4u,        // their strides, in groups
  parameter: vec4u,    // their strides, in weights
  place: vec2u,        // strides of the first two, in results
  step: vec2u,         // chunks, as nested indices of the members
  results: u32,
  chunks: u32,         // written
  count: u32,          // members of a group; chunks read by `merge`
  across: u32,         // 1 if neighbouring invocations take neighbouring results, 0 for neighbouring chunks
  weighted: u32,       // 0: all weights are 1
  epsilon: f32,
  invalid: f32,        // NaN, which WGSL forbids as a constant
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> found: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> totals: array<vec2f>;

//#include "parts/inverse_deviation.wgsl"

// One of the chunks of one of the results.
struct Task {
  result: vec2u,
  chunk: u32,
  member: vec2u,   // the first
  count: u32,
}

fn task_of(i: u32) -> Task {
  let extent = select(params.chunks, params.results, params.across == 1);
  let slow = i / extent;
  let fast = i - slow * extent;
  let result = select(slow, fast, params.across == 1);
  let chunk = select(fast, slow, params.across == 1);
  let outer = result / params.size.y;
  let first = chunk / params.size.w;
  return Task(
    vec2u(outer, result - outer * params.size.y), chunk,
    vec2u(first, chunk - first * params.size.w), (params.count - chunk + params.chunks - 1) / params.chunks,
  );
}

fn next(member: vec2u) -> vec2u {
  var following = member + params.step;
  if (following.y >= params.size.w) { following += vec2u(1, 0) - vec2u(0, params.size.w); }
  return following;
}

fn at(indices: vec2u, strides: vec2u) -> u32 {
  let terms = indices * strides;
  return terms.x + terms.y;
}

fn concluded(moments: vec4f) -> vec4f {
  if (params.chunks > 1) { return moments; }
  let variance = moments.z / moments.w;
  return vec4f(moments.xy, inverse_deviation(variance), variance);
}

@compute @workgroup_size(64)
fn moments(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.results * params.chunks) { return; }
  let task = task_of(i);
  let start = at(task.result, params.position.xy);
  let count = f32(task.count);
  var member = task.member;
  var sum = 0.0;
  for (var k = 0u; k < task.count; k++) {
    sum += x[start + at(member, params.position.zw)];
    member = next(member);
  }
  let near = sum / count;
  member = task.member;
  var rest = 0.0;
  var squares = 0.0;
  for (var k = 0u; k < task.count; k++) {
    let distance = x[start + at(member, params.position.zw)] - near;
    rest += distance;
    squares += distance * distance;
    member = next(member);
  }
  let shift = rest / count;
  found[task.chunk * params.results + at(task.result, params.place)] = concluded(vec4f(near, shift, squares - rest * shift, count));
}

@compute @workgroup_size(64)
fn merge(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.results * params.chunks) { return; }
  let stride = params.results * params.chunks;
  let end = params.results * params.count;
  let near = statistics[i].x;
  var sum = 0.0;
  var count = 0.0;
  for (var k = i; k < end; k += stride) {
    let part = statistics[k];
    sum += part.w * ((part.x - near) + part.y);
    count += part.w;
  }
  let shift = sum / count;
  var squares = 0.0;
  for (var k = i; k < end; k += stride) {
    let part = statistics[k];
    let distance = ((part.x - near) - shift) + part.y;
    squares += part.z + part.w * distance * distance;
  }
  found[i] = concluded(vec4f(near, shift, squares, count));
}

@compute @workgroup_size(64)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.results * params.chunks) { return; }
  let task = task_of(i);
  let start = at(task.result, params.position.xy);
  let group = at(task.result, params.group.xy);
  let parameter = at(task.result, params.parameter.xy);
  let varies = any(params.group.zw != vec2u());
  var statistic = statistics[group];
  var member = task.member;
  var total = vec2f();
  for (var k = 0u; k < task.count; k++) {
    let element = start + at(member, params.position.zw);
    if (varies) { statistic = statistics[group + at(member, params.group.zw)]; }
    var v = g[element];
    if (params.weighted == 1) { v *= weight[parameter + at(member, params.parameter.zw)]; }
    total += vec2f(v, v * (((x[element] - statistic.x) - statistic.y) * statistic.z));
    member = next(member);
  }
  totals[task.chunk * params.results + at(task.result, params.place)] = total;
}
