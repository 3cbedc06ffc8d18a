// Sums over groups of values, for normalisation and its derivative, in a fixed order.
//
//   moments: each invocation takes a chunk of a group and gives (near, shift, squares, count): near + shift is its mean, near alone a float32
//            close to it, squares the sum of the squared distances from the mean. Centred before squaring, so a large mean costs no digits.
//            Of a whole group: (near, shift, 1 / sqrt(variance + epsilon), variance), with variance = squares / count.
//   sums:    (sum of v, sum of v * normal) for v = g * weight and normal = (x - mean) / sqrt(variance + epsilon).
//
// A result is addressed by two nested indices, its members by two more. A chunk holds every `chunks`-th member, so that neighbours read
// neighbours. Results are [chunk][result].
//
// The includer has Value (one element or four neighbours), Statistics with a Value in each place, functions that read them, and functions that
// store results: of four neighbours, which are four results or four members of one.
//
// Workgroups: x * y = chunks * size.x * size.y / 64.

struct Params {
  size: vec4u,         // of the nested indices: two of the result, two of the members
  position: vec4u,     // their strides, in Values
  group: vec4u,        // their strides, in groups
  parameter: vec4u,    // their strides, in weights
  place: vec2u,        // strides of the first two, in results
  step: vec2u,         // `chunks` as nested indices of the members
  lane: vec4u,         // from one element of a Value to the next, in groups, in weights, in results (0: all are members of one)
  results: u32,
  chunks: u32,         // written
  count: u32,          // members, in Values; or chunks that `merge` reads
  across: u32,         // 1 if neighbouring invocations take neighbouring results, 0 for neighbouring chunks
  weighted: u32,       // 0: all weights are 1
  epsilon: f32,
  invalid: f32,        // NaN, which WGSL forbids as a constant
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>;
@group(0) @binding(2) var<storage, read> g: array<Value>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> found: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> totals: array<vec2f>;

//#include "inverse_deviation.wgsl"

// A chunk: its first member (element, group, weight, inner index), the number of its members, and the place of its result.
struct Chunk {
  first: vec4u,
  count: u32,
  place: u32,
}

fn total(v: vec4u) -> u32 {
  return v.x + v.y + v.z + v.w;
}

fn chunk_of(i: u32) -> Chunk {
  let columns = params.size.x * params.size.y;
  let extent = select(params.chunks, columns, params.across == 1);
  let slow = i / extent;
  let fast = i - slow * extent;
  let column = select(slow, fast, params.across == 1);
  let chunk = select(fast, slow, params.across == 1);
  let result = column / params.size.y;
  let member = chunk / params.size.w;
  let index = vec4u(result, column - result * params.size.y, member, chunk - member * params.size.w);
  return Chunk(
    vec4u(total(index * params.position), total(index * params.group), total(index * params.parameter), index.w),
    (params.count - chunk + params.chunks - 1) / params.chunks,
    chunk * params.results + index.x * params.place.x + index.y * params.place.y,
  );
}

// The next member of a chunk. Differences of unsigned numbers may wrap: so do sums.
fn next(member: vec4u) -> vec4u {
  let inner = vec4u(params.position.w, params.group.w, params.parameter.w, 1);
  let outer = vec4u(params.position.z, params.group.z, params.parameter.z, 0);
  let moved = member + params.step.x * outer + params.step.y * inner;
  return select(moved, moved + outer - params.size.w * inner, moved.w >= params.size.w);
}

// Moments as they are, or the statistics of a whole group.
fn concluded(moments: vec4f) -> vec4f {
  if (params.chunks > 1) { return moments; }
  let variance = moments.z / moments.w;
  return vec4f(moments.xy, inverse_deviation(variance), variance);
}

@compute @workgroup_size(64)
fn moments(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.size.x * params.size.y * params.chunks) { return; }
  let chunk = chunk_of(i);
  let count = f32(chunk.count);
  var member = chunk.first;
  var sum = Value(0);
  for (var k = 0u; k < chunk.count; k++) {
    sum += x[member.x];
    member = next(member);
  }
  let near = sum / count;
  member = chunk.first;
  var rest = Value(0);
  var squares = Value(0);
  for (var k = 0u; k < chunk.count; k++) {
    let distance = x[member.x] - near;
    rest += distance;
    squares += distance * distance;
    member = next(member);
  }
  let shift = rest / count;
  store_moments(chunk.place, near, shift, squares - rest * shift, count);
}

@compute @workgroup_size(64)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.size.x * params.size.y * params.chunks) { return; }
  let chunk = chunk_of(i);
  let varies = any(params.group.zw > vec2u());
  var member = chunk.first;
  var s = statistics_at(member.y);
  var plain = Value(0);
  var slope = Value(0);
  for (var k = 0u; k < chunk.count; k++) {
    if (varies) { s = statistics_at(member.y); }
    var v = g[member.x];
    if (params.weighted == 1) { v *= weight_at(member.z); }
    plain += v;
    slope += v * (((x[member.x] - s[0]) - s[1]) * s[2]);
    member = next(member);
  }
  store_sums(chunk.place, plain, slope);
}
