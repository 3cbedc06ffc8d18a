// Euclidean norm of the arena's gradients in a fixed order, and clipping to it.
//
//   classify: sums of squares of `length` quads each, in three ranges of magnitude (Blue, 1978): small ones times 2^80, middling ones as they
//             are, large ones times 2^-80, so that no square over- or underflows. partials: (small, middling, large, unused).
//   fold:     adds `length` partials each.
//   finish:   one partial -> result = (norm, first factor, second factor, unused). The product of both factors is
//             min(1, limit / (norm + 1e-6)); there are two, because their product can be too small for a float32.
//   scale:    gradient *= first * second. A zero stays one, whatever the factors, so that gaps stay empty.
//
// Not finite gradients: the norm is infinite or NaN, and so is what comes of them, as in PyTorch.
//
// Workgroups: x * y = partials written / 64 (classify, fold), 1 (finish), elements / 256 (scale).

struct Params {
  count: u32,      // quads, or partials read
  length: u32,     // of a chunk
  chunks: u32,     // partials written
  limit: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(3) var<storage, read> factors: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> gradient: array<vec4f>;

const UP = 0x1p80f;
const DOWN = 0x1p-80f;

@compute @workgroup_size(64)
fn classify(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let chunk = id.x + id.y * groups.x * 64;
  if (chunk >= params.chunks) { return; }
  let begin = chunk * params.length;
  let end = min(params.count, begin + params.length);
  var small = vec4f();
  var middling = vec4f();
  var large = vec4f();
  for (var i = begin; i < end; i++) {
    let bits = bitcast<vec4u>(source[i]) & vec4u(0x7fffffffu);
    let v = bitcast<vec4f>(bits);
    let is_small = bits < vec4u(0x2b800000u);      // 2^-40
    let is_large = bits >= vec4u(0x53800000u);     // 2^40, infinity and NaN too
    let s = select(vec4f(), v * UP, is_small);
    let m = select(v, vec4f(), is_small | is_large);
    let l = select(vec4f(), v * DOWN, is_large);
    small += s * s;
    middling += m * m;
    large += l * l;
  }
  partials[chunk] = vec4f(dot(small, vec4f(1)), dot(middling, vec4f(1)), dot(large, vec4f(1)), 0);
}

@compute @workgroup_size(64)
fn fold(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let chunk = id.x + id.y * groups.x * 64;
  if (chunk >= params.chunks) { return; }
  let begin = chunk * params.length;
  let end = min(params.count, begin + params.length);
  var total = vec4f();
  for (var i = begin; i < end; i++) { total += source[i]; }
  partials[chunk] = total;
}

fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

// The sums cannot be brought to one scale instead: compilers merge the factors into one that is no float32.
fn hypotenuse(long: f32, short: f32) -> f32 {
  let ratio = short / long;
  return long * sqrt(1 + ratio * ratio);
}

@compute @workgroup_size(1)
fn finish() {
  let sums = source[0];
  var norm = sqrt(sums.x) * DOWN;
  if (sums.y > 0) { norm = hypotenuse(sqrt(sums.y), norm); }
  if (sums.z > 0) { norm = hypotenuse(sqrt(sums.z) * UP, norm); }
  // Drivers differ on the root of NaN and of infinity.
  if (is_nan(sums.z) || bitcast<u32>(sums.z) == 0x7f800000u) { norm = sums.z; }
  // A large norm is divided by in two steps: its inverse would be subnormal, which devices may take for 0.
  let is_large = norm > 0x1p60f;
  let first = select(1f, 0x1p-60f, is_large);
  let second = params.limit / (norm * first + select(1e-6f, 0f, is_large));
  var result = vec4f(norm, first, second, 0);
  if (second * first >= 1) { result = vec4f(norm, 1, 1, 0); }
  if (bitcast<u32>(norm) == 0x7f800000u) { result = vec4f(norm, 1, 0, 0); }
  if (is_nan(norm)) { result = vec4f(norm, 1, norm, 0); }
  partials[0] = result;
}

@compute @workgroup_size(64)
fn scale(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.count) { return; }
  let g = gradient[i];
  gradient[i] = select(g * factors[0].y * factors[0].z, g, g == vec4f());
}
