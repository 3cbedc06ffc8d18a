// y[outer][i][inner] = x[outer][0][inner] + ... + x[outer][i][inner], in chunks of `length` on the middle axis.
//
// Each invocation adds up one chunk in order. With OFFSETS it starts from the sum of all chunks before its own, which the caller has from the
// chunks' sums in the same way: before[outer][chunk][inner] is the sum up to and with that chunk.
//
// Workgroups: x * y = outer * chunks * inner / 64.

struct Params {
  items: u32,      // outer * chunks * inner
  inner: u32,
  count: u32,      // of the axis
  length: u32,     // of a chunk
  chunks: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> before: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override OFFSETS: u32 = 0;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let item = id.x + id.y * groups.x * 64;
  if (item >= params.items) { return; }
  let segment = item / params.inner;
  let outer = segment / params.chunks;
  let chunk = segment - outer * params.chunks;
  let begin = chunk * params.length;
  let end = min(params.count, begin + params.length);
  var at = (outer * params.count + begin) * params.inner + item - segment * params.inner;
  var sum = x[at];
  if (OFFSETS == 1u && chunk > 0u) { sum += before[item - params.inner]; }
  y[at] = sum;
  for (var i = begin + 1u; i < end; i++) {
    at += params.inner;
    sum += x[at];
    y[at] = sum;
  }
}
