// y[outer][chunk][inner] = sum, maximum or minimum of x[outer][chunk * length .. ][inner]: one step of a reduction over the middle axis.
//
// Each invocation folds `length` values in order; the caller repeats the step until one chunk is left. The result depends on the
// shape alone, never on timing, and the error of a sum grows with the logarithm of the count (blocked summation).
//
// The includer has the alias Value (one element, or four neighbours), `fn apply(p: Value, q: Value) -> Value`, and `fn scaled(v: Value) -> Value`.
//
// Workgroups: x = inner / WX, y * z = chunks * outer / WY, as a grid where there are more than 65,535.

struct Params {
  inner: u32,      // in Values
  count: u32,      // values on the reduced axis
  length: u32,     // of a chunk
  chunks: u32,
  outer: u32,
  scale: f32,      // applied to the results; 1 / count for a mean
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>;
@group(0) @binding(2) var<storage, read_write> y: array<Value>;

override OP: u32 = 0;      // 0 sum, 1 maximum, 2 minimum
override WX: u32 = 64;     // invocations along inner and along the chunks
override WY: u32 = 1;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let segment = id.y + id.z * groups.y * WY;
  if (id.x >= params.inner || segment >= params.outer * params.chunks) { return; }
  let outer = segment / params.chunks;
  let chunk = segment - outer * params.chunks;
  let begin = chunk * params.length;
  let end = min(params.count, begin + params.length);
  var at = (outer * params.count + begin) * params.inner + id.x;
  var value = x[at];
  for (var i = begin + 1; i < end; i++) {
    at += params.inner;
    value = apply(value, x[at]);
  }
  y[segment * params.inner + id.x] = scaled(value);
}
