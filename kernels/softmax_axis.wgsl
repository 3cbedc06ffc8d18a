// Softmax and its logarithm along one axis, and their derivatives. Everything is stored densely as [outer][axis][inner]; a row is (outer, inner).
//
//   totals:   each invocation takes a chunk of a row and gives (top, sum of exp(x - top)); of a whole row the second is s, or log s (LOG)
//   merge:    totals of several chunks to those of their union
//   apply:    y = exp(x - top) / s,      LOG: y = (x - top) - log s
//   sums:     sums over chunks of rows of g * y,     LOG: of g
//   gradient: result = y * (g - sum),    LOG: g - exp(y) * sum
//
// The maximum is subtracted first, so nothing overflows, and large values lose no digits. A row with a NaN or an infinity at the top is NaN
// all over. A chunk holds every `chunks`-th element of a row, so that neighbours read neighbours. Partial results are [chunk][row].
//
// Workgroups: x * y = chunks * rows / 64 (totals, merge, sums), elements / 256 (apply, gradient).

struct Params {
  elements: u32,
  length: u32,       // of the axis
  inner: u32,
  rows: u32,
  chunks: u32,       // written
  count: u32,        // chunks that `merge` reads
  invalid: f32,      // NaN, which WGSL forbids as a constant
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> quads: array<vec4f>;
@group(0) @binding(3) var<storage, read> g: array<f32>;
@group(0) @binding(4) var<storage, read> g_quads: array<vec4f>;
@group(0) @binding(5) var<storage, read> partials: array<vec2f>;
@group(0) @binding(6) var<storage, read> row_sums: array<f32>;
@group(0) @binding(7) var<storage, read_write> found: array<vec2f>;
@group(0) @binding(8) var<storage, read_write> found_sums: array<f32>;
@group(0) @binding(9) var<storage, read_write> result: array<vec4f>;

override LOG: u32 = 0;

//#include "parts/functions.wgsl"

fn magnitude_bits(v: f32) -> u32 {
  return bitcast<u32>(v) & 0x7fffffffu;
}

// The larger one; a NaN wins.
fn higher(p: f32, q: f32) -> f32 {
  return select(p, q, q > p || magnitude_bits(q) > 0x7f800000u);
}

// Chunk i of all rows: its first element, the step to the next one, the number of them.
fn chunk_of(i: u32) -> vec3u {
  let chunk = i / params.rows;
  let row = i - chunk * params.rows;
  let outer = row / params.inner;
  let first = (outer * params.length + chunk) * params.inner + row - outer * params.inner;
  return vec3u(first, params.chunks * params.inner, (params.length - chunk + params.chunks - 1) / params.chunks);
}

fn concluded(top: f32, sum: f32) -> vec2f {
  if (params.chunks > 1) { return vec2f(top, sum); }
  if (magnitude_bits(top) >= 0x7f800000u) { return vec2f(params.invalid); }
  if (LOG == 1) { return vec2f(top, logarithm(vec4f(sum)).x); }
  return vec2f(top, sum);
}

@compute @workgroup_size(64)
fn totals(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.rows * params.chunks) { return; }
  let chunk = chunk_of(i);
  var top = x[chunk.x];
  for (var k = 1u; k < chunk.z; k++) { top = higher(top, x[chunk.x + k * chunk.y]); }
  var sum = 0.0;
  if (magnitude_bits(top) < 0x7f800000u) {
    for (var k = 0u; k < chunk.z; k += 4) {
      let places = vec4u(k) + vec4u(0, 1, 2, 3);
      let at = chunk.x + min(places, vec4u(chunk.z - 1)) * chunk.y;
      let terms = exponential(vec4f(x[at.x], x[at.y], x[at.z], x[at.w]) - top);
      sum += dot(terms, select(vec4f(), vec4f(1), places < vec4u(chunk.z)));
    }
  }
  found[i] = concluded(top, sum);
}

@compute @workgroup_size(64)
fn merge(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.rows * params.chunks) { return; }
  let stride = params.rows * params.chunks;
  let end = params.rows * params.count;
  var top = partials[i].x;
  for (var k = i + stride; k < end; k += stride) { top = higher(top, partials[k].x); }
  var sum = 0.0;
  for (var k = i; k < end; k += stride) {
    let part = partials[k];
    if (part.y > 0) { sum += part.y * exponential(vec4f(part.x - top)).x; }   // 0: the chunk is -infinity all over
  }
  found[i] = concluded(top, sum);
}

// The rows of four neighbours in memory.
fn rows_of(i: u32) -> vec4u {
  if (params.inner == 1 && params.length % 4 == 0) { return vec4u(4 * i / params.length); }
  let at = min(vec4u(4 * i) + vec4u(0, 1, 2, 3), vec4u(params.elements - 1));
  let outer = at / vec4u(params.length * params.inner);
  return outer * params.inner + at % vec4u(params.inner);
}

@compute @workgroup_size(64)
fn apply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (4 * i >= params.elements) { return; }
  let rows = rows_of(i);
  let a = partials[rows.x]; let b = partials[rows.y]; let c = partials[rows.z]; let d = partials[rows.w];
  let below = quads[i] - vec4f(a.x, b.x, c.x, d.x);
  let total = vec4f(a.y, b.y, c.y, d.y);
  if (LOG == 1) { result[i] = below - total; } else { result[i] = exponential(below) / total; }
}

@compute @workgroup_size(64)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.rows * params.chunks) { return; }
  let chunk = chunk_of(i);
  var sum = 0.0;
  for (var k = 0u; k < chunk.z; k++) {
    let at = chunk.x + k * chunk.y;
    if (LOG == 1) { sum += g[at]; } else { sum += g[at] * x[at]; }
  }
  found_sums[i] = sum;
}

@compute @workgroup_size(64)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (4 * i >= params.elements) { return; }
  let rows = rows_of(i);
  let sum = vec4f(row_sums[rows.x], row_sums[rows.y], row_sums[rows.z], row_sums[rows.w]);
  let y = quads[i];
  if (LOG == 1) { result[i] = g_quads[i] - exponential(y) * sum; } else { result[i] = y * (g_quads[i] - sum); }
}
