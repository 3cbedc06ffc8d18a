// y[outer][chunk][inner] = place on the middle axis of the largest or smallest of x[outer][..][inner] in a chunk: one step of argmax or argmin.
//
// The first step looks at all places, later ones at the winners of the step before. Of equal values the first wins, and a NaN wins over all.
//
// Workgroups: x = inner / WX, y * z = chunks * outer / WY, as a grid where there are more than 65,535.

struct Params {
  inner: u32,
  size: u32,       // of the axis
  count: u32,      // candidates on it
  length: u32,     // of a chunk of candidates
  chunks: u32,
  outer: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> winners: array<u32>;   // [outer][count][inner], unless FIRST
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

override FIRST: u32 = 1;
override SMALLEST: u32 = 0;
override WX: u32 = 64;
override WY: u32 = 1;

// True if q wins over p, which stands before it.
fn beats(q: f32, p: f32) -> bool {
  let q_nan = (bitcast<u32>(q) & 0x7fffffffu) > 0x7f800000u;
  let p_nan = (bitcast<u32>(p) & 0x7fffffffu) > 0x7f800000u;
  let better = select(q > p, q < p, SMALLEST == 1u);
  return !p_nan && (q_nan || better);
}

fn candidate(at: u32, outer: u32, inner: u32) -> u32 {
  if (FIRST == 1u) { return at; }
  return winners[(outer * params.count + at) * params.inner + inner];
}

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let segment = id.y + id.z * groups.y * WY;
  if (id.x >= params.inner || segment >= params.outer * params.chunks) { return; }
  let outer = segment / params.chunks;
  let begin = (segment - outer * params.chunks) * params.length;
  let end = min(params.count, begin + params.length);
  let base = outer * params.size * params.inner + id.x;
  var place = candidate(begin, outer, id.x);
  var value = x[base + place * params.inner];
  for (var i = begin + 1; i < end; i++) {
    let other = candidate(i, outer, id.x);
    let contender = x[base + other * params.inner];
    if (beats(contender, value)) { place = other; value = contender; }
  }
  y[segment * params.inner + id.x] = place;
}
