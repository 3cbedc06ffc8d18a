// What attention needs beside its kernels, by parts/attention.wgsl.
//
//   delta:   new_records = records, with delta: dot(g, o) of a query's rows of a2 (the gradient of the result) and b2 (the result)
//   factors: y [image][head][query][key / 4] = dropout's factors, four neighbouring keys each
//
// Workgroups: delta x = queries / 64, z = images * heads; factors x = keys / 256, y = queries / 4, z = images * heads.

//#include "parts/attention.wgsl"

@compute @workgroup_size(64)
fn delta(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.rows) { return; }
  let place = image_and_head(id.z);
  let g = start_of(params.a2_stride, place) + id.x * params.a2_stride.z;
  let o = start_of(params.b2_stride, place) + id.x * params.b2_stride.z;
  var sum = 0.0;
  for (var k = 0u; k < params.depth2; k++) { sum += dot(a2[g + k], b2[o + k]); }
  let at = id.z * params.rows + id.x;
  new_records[at] = vec4f(records[at].xy, sum, 0);
}

@compute @workgroup_size(64)
fn factors(@builtin(global_invocation_id) id: vec3u) {
  let quads = (params.columns + 3) / 4;
  if (id.x >= quads) { return; }
  let query = id.y * 4;
  let f = dropout(id.z, query, id.x * 4);
  let at = (id.z * params.rows + query) * quads + id.x;
  y[at] = f[0];
  if (query + 1 < params.rows) { y[at + quads] = f[1]; }
  if (query + 2 < params.rows) { y[at + 2 * quads] = f[2]; }
  if (query + 3 < params.rows) { y[at + 3 * quads] = f[3]; }
}
