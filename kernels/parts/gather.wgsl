// y[outer][p][inner] = x[outer][index[p]][inner]; with EACH every element has an index of its own: index[outer][p][inner].
//
// An index outside [0, size) is reported and gives `missing`; the index `skipped` gives 0 (none is skipped if that is `size`). Elements are moved
// as bits, so integers and NaN pass unchanged. The includer says how many at a time.
//
// Workgroups: x * y = elements / 64.

struct Params {
  elements: u32,   // of y
  inner: u32,
  size: u32,       // of the axis of x
  count: u32,      // of the axis of y
  skipped: u32,
  missing: u32,    // bits: a NaN is forbidden as a constant
  code: u32,       // of the report
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Bits>;
@group(0) @binding(2) var<storage, read> index: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<Bits>;
@group(0) @binding(4) var<storage, read_write> faults: array<atomic<u32>>;

override EACH: u32 = 0;

//#include "faults.wgsl"

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let e = id.x + id.y * groups.x * 64;
  if (e >= params.elements) { return; }
  let row = e / params.inner;
  let column = e - row * params.inner;
  let outer = row / params.count;
  let found = index[select(row - outer * params.count, e, EACH == 1u)];
  if (found < 0 || u32(found) >= params.size) {
    if (EACH == 1u || (outer == 0u && column == 0u)) { report(params.code, found); }
    y[e] = Bits(params.missing);
  } else if (u32(found) == params.skipped) {
    y[e] = Bits();
  } else {
    y[e] = x[(outer * params.size + u32(found)) * params.inner + column];
  }
}
