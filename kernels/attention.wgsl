// What attention needs beside its kernels, by parts/attention.wgsl.
//
//   delta:   new_records = records, with delta: dot(g, o) of a query's rows of a2 (the gradient of the result) and b2 (the result)
//   factors: y [image][head][query][key / 4] = dropout's factors, four neighbouring keys each
//
// Workgroups: delta x = queries / 64, z = images * heads; factors x = keys / 256, y = queries / 4, z = images * heads.

//#include "parts/attention.wgsl"

@group(0) @binding(10) var<storage, read> attended: array<f32>;   // strides of b2, in elements

@compute @workgroup_size(64)
fn delta(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.rows) { return; }
  let place = image_and_head(id.z);
  let g = start_of(params.a2_stride, place) + id.x * params.a2_stride.z;
  let o = start_of(params.b2_stride, place) + id.x * params.b2_stride.z;
  var sum = 0.0;
  for (var k = 0u; k < params.depth2; k++) {
    // Not beyond the row: what is behind it belongs to another one, and may be NaN, or is no memory of the buffer.
    let places = vec4u(4 * k) + vec4u(0, 1, 2, 3);
    let at = vec4u(o) + min(places, vec4u(params.width2 - 1));
    let found = vec4f(attended[at.x], attended[at.y], attended[at.z], attended[at.w]);
    sum += dot(a2[g + k], select(found, vec4f(), places >= vec4u(params.width2)));
  }
  let at = id.z * params.rows + id.x;
  new_records[at] = vec4f(records[at].xy, sum, 0);
}

@compute @workgroup_size(64)
fn factors(@builtin(global_invocation_id) id: vec3u) {
  let width = 4 * ((params.columns + 3) / 4);
  if (4 * id.x >= width) { return; }
  store_rows(vec4u(0, 0, width, id.z * params.rows * width), width, vec2u(), 4 * id.y, id.x, dropout(id.z, 4 * id.y, 4 * id.x));
}
