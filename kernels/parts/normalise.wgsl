// Normalisation of every element by the statistics of its group, and the derivative by the elements.
//
//   apply:    y = normal * weight + bias,   normal = (x - mean) / sqrt(variance + epsilon)
//   gradient: y = (v - share * (sum v + normal * sum v normal)) / sqrt(variance + epsilon),   v = g * weight
//
// Statistics and sums are those of normalise_groups.wgsl: (near, shift, 1 / sqrt(variance + epsilon), variance) with mean = near + shift, and
// (sum v, sum v normal). An element is addressed by four nested indices. An invocation keeps the last three and goes along the first, from
// `chunk` in steps of `chunks`: what varies only along the others is read once.
//
// The includer has Value (one element or four neighbours), Statistics and Totals with a Value in each place, and functions that read them.
//
// Workgroups: x = size.w / WX, y * z = chunks * size.y * size.z / WY.

struct Params {
  size: vec4u,         // of the nested indices
  position: vec4u,     // their strides, in Values
  group: vec4u,        // their strides, in groups
  parameter: vec4u,    // their strides, in weights
  lane: vec2u,         // from one element of a Value to the next, in groups and in weights
  chunks: u32,
  weighted: u32,       // 0: all weights are 1
  biased: u32,         // 0: there is no bias
  outside: u32,        // 1 if the sums leave the weights out, which are then the same all over a group
  share: f32,          // 1 / members of a group; 0 where the statistics do not depend on x
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>;
@group(0) @binding(2) var<storage, read> g: array<Value>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(6) var<storage, read> totals: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> y: array<Value>;

override WX: u32 = 64;
override WY: u32 = 1;

// An element, its group and its weight; and where on the first index.
struct Cursor {
  element: u32,
  group: u32,
  parameter: u32,
  at: u32,
}

fn total(v: vec4u) -> u32 {
  return v.x + v.y + v.z + v.w;
}

fn start(id: vec3u, groups: vec3u) -> Cursor {
  let row = id.y + id.z * groups.y * WY;
  let middle = params.size.y * params.size.z;
  let chunk = row / middle;
  let rest = row - chunk * middle;
  let outer = rest / params.size.z;
  let index = vec4u(chunk, outer, rest - outer * params.size.z, id.x);
  let inside = id.x < params.size.w && chunk < params.chunks;
  return Cursor(total(index * params.position), total(index * params.group), total(index * params.parameter), select(params.size.x, chunk, inside));
}

@compute @workgroup_size(WX, WY)
fn apply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  var cursor = start(id, groups);
  if (cursor.at >= params.size.x) { return; }
  var s = statistics_at(cursor.group);
  var w = Value(1);
  var b = Value(0);
  if (params.weighted == 1) { w = weight_at(cursor.parameter); }
  if (params.biased == 1) { b = bias_at(cursor.parameter); }
  loop {
    y[cursor.element] = ((x[cursor.element] - s[0]) - s[1]) * s[2] * w + b;
    cursor.at += params.chunks;
    if (cursor.at >= params.size.x) { break; }
    cursor.element += params.chunks * params.position.x;
    if (params.group.x > 0) {
      cursor.group += params.chunks * params.group.x;
      s = statistics_at(cursor.group);
    }
    if (params.parameter.x > 0) {
      cursor.parameter += params.chunks * params.parameter.x;
      if (params.weighted == 1) { w = weight_at(cursor.parameter); }
      if (params.biased == 1) { b = bias_at(cursor.parameter); }
    }
  }
}

@compute @workgroup_size(WX, WY)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  var cursor = start(id, groups);
  if (cursor.at >= params.size.x) { return; }
  var s = statistics_at(cursor.group);
  var sums = totals_at(cursor.group);
  var w = Value(1);
  if (params.weighted == 1) { w = weight_at(cursor.parameter); }
  loop {
    let normal = ((x[cursor.element] - s[0]) - s[1]) * s[2];
    var pull = Value(0);
    if (params.share > 0) { pull = params.share * (sums[0] + normal * sums[1]); }
    let v = g[cursor.element];
    y[cursor.element] = s[2] * select(w * v - pull, w * (v - pull), params.outside == 1);
    cursor.at += params.chunks;
    if (cursor.at >= params.size.x) { break; }
    cursor.element += params.chunks * params.position.x;
    if (params.group.x > 0) {
      cursor.group += params.chunks * params.group.x;
      s = statistics_at(cursor.group);
      sums = totals_at(cursor.group);
    }
    if (params.parameter.x > 0 && params.weighted == 1) {
      cursor.parameter += params.chunks * params.parameter.x;
      w = weight_at(cursor.parameter);
    }
  }
}
