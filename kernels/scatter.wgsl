// Sums by index, the transpose of gather: y[outer][j][inner] = sum of x[outer][p][inner] over the p with index[p] = j; with EACH every element of x
// has an index of its own: index[outer][p][inner].
//
//   scan:         every element of y looks at all `count` indices of its lane, in order: for few of them
//   destinations: where each index points, to be sorted (sort.wgsl) and summed in runs (segment_sum.wgsl): for many
//
// An index outside [0, size) is reported and counts for nothing; so does the index `skipped`, unreported (none is skipped if that is `size`).
//
// Workgroups: x * y = elements / 64.

struct Params {
  elements: u32,   // of y, or indices
  inner: u32,
  size: u32,       // of the axis of y
  count: u32,      // of the axis of x
  skipped: u32,
  code: u32,       // of the report
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> index: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> destination: array<u32>;
@group(0) @binding(5) var<storage, read_write> faults: array<atomic<u32>>;

override EACH: u32 = 0;

const NOWHERE = 0xffffffffu;

//#include "parts/faults.wgsl"

fn is_outside(found: i32) -> bool {
  return found < 0 || u32(found) >= params.size;
}

@compute @workgroup_size(64)
fn scan(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let e = id.x + id.y * groups.x * 64;
  if (e >= params.elements) { return; }
  let row = e / params.inner;
  let column = e - row * params.inner;
  let outer = row / params.size;
  let place = row - outer * params.size;
  // One element reports for all that see the same index.
  let reports = place == 0u && (EACH == 1u || (outer == 0u && column == 0u));
  var sum = 0.0;
  var at = outer * params.count * params.inner + column;
  for (var p = 0u; p < params.count; p++) {
    let found = index[select(p, at, EACH == 1u)];
    if (reports && is_outside(found)) { report(params.code, found); }
    if (u32(found) == place && place != params.skipped) { sum += x[at]; }
    at += params.inner;
  }
  y[e] = sum;
}

@compute @workgroup_size(64)
fn destinations(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let e = id.x + id.y * groups.x * 64;
  if (e >= params.elements) { return; }
  let found = index[e];
  if (is_outside(found)) { report(params.code, found); }
  var to = u32(found);
  if (EACH == 1u) {
    let row = e / params.inner;
    to = (row / params.count * params.size + to) * params.inner + e - row * params.inner;
  }
  destination[e] = select(to, NOWHERE, is_outside(found) || u32(found) == params.skipped);
}
