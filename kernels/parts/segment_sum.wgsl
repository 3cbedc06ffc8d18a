// y[outer][key][inner] = sum of x[outer][place][inner] over the pairs (key, place) of a sorted list: one step of a sum over runs of equal keys.
//
// A step adds up the run inside each block of `span` pairs, out of the sums of the step before, over blocks of `step` pairs; they stand where their
// part of the run begins. The first step (`step` 1) reads x by place. The last one (one block) writes to y by key, and what no key names keeps its
// value; the others write [outer][pair][inner]. The order of summation depends on the list alone, and errors grow with the logarithm of a run.
//
// Workgroups: x * y = elements / 64.

struct Params {
  elements: u32,   // outer * pairs * inner
  inner: u32,
  pairs: u32,
  size: u32,       // keys
  step: u32,
  span: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sorted: array<vec2u>;
@group(0) @binding(2) var<storage, read> x: array<Value>;
@group(0) @binding(3) var<storage, read_write> y: array<Value>;

const NOWHERE = 0xffffffffu;   // the key of what is not added

fn part(outer: u32, at: u32, column: u32) -> Value {
  var row = at;
  if (params.step == 1u) { row = sorted[at].y; }
  return x[(outer * params.pairs + row) * params.inner + column];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let e = id.x + id.y * groups.x * 64;
  if (e >= params.elements) { return; }
  let row = e / params.inner;
  let column = e - row * params.inner;
  let outer = row / params.pairs;
  let pair = row - outer * params.pairs;
  let key = sorted[pair].x;
  let block_start = pair / params.span * params.span;
  if (key == NOWHERE) { return; }
  if (pair != block_start && sorted[pair - 1u].x == key) { return; }
  let end = block_start + min(params.span, params.pairs - block_start);
  var sum = part(outer, pair, column);
  for (var at = (pair / params.step + 1u) * params.step; at < end && sorted[at].x == key; at += params.step) { sum += part(outer, at, column); }
  let is_last = params.span >= params.pairs;
  y[select(e, (outer * params.size + key) * params.inner + column, is_last)] = sum;
}
