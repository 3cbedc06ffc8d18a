// destination[strided] = source[strided], or += with ACCUMULATE: permutes, pads, unfolds, expands.
//
// Up to six dimensions, innermost last, collapsed beforehand as far as the strides allow. The two innermost are the x and y of the
// grid, the rest its z. Strides and offsets count elements. Elements are moved as bits, so integers and NaN pass unchanged.
//
// Workgroups: x = size5 / WX, y = size4 / WY, z = size0 * size1 * size2 * size3.

struct Params {
  size: vec4u,                 // size1, size2, size3; w: 1 if they are all 1
  inner_size: vec2u,           // size4, size5
  offset: vec2u,               // source, destination
  source_stride: vec4u,        // of the four outer dimensions
  destination_stride: vec4u,
  source_inner: vec2u,         // strides of dimensions 4 and 5
  destination_inner: vec2u,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<Bits>;
@group(0) @binding(2) var<storage, read_write> destination: array<Bits>;

override WX: u32 = 8;
override WY: u32 = 8;
override ACCUMULATE: u32 = 0;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.inner_size.y || id.y >= params.inner_size.x) { return; }
  var outer = vec4u(id.z, 0, 0, 0);
  if (params.size.w == 0u) {   // software adapters divide slowly
    var rest = id.z;
    outer.w = rest % params.size.z; rest /= params.size.z;
    outer.z = rest % params.size.y; rest /= params.size.y;
    outer.y = rest % params.size.x;
    outer.x = rest / params.size.x;
  }
  let from_outer = outer * params.source_stride;
  let to_outer = outer * params.destination_stride;
  let at = params.offset.x + from_outer.x + from_outer.y + from_outer.z + from_outer.w + id.y * params.source_inner.x + id.x * params.source_inner.y;
  let to = params.offset.y + to_outer.x + to_outer.y + to_outer.z + to_outer.w + id.y * params.destination_inner.x + id.x * params.destination_inner.y;
  if (ACCUMULATE == 1u) {
    destination[to] = bitcast<Bits>(bitcast<Value>(destination[to]) + bitcast<Value>(source[at]));
  } else {
    destination[to] = source[at];
  }
}
