// The attention of parts/attention.wgsl for adapters whose subgroups have a fixed size of 4 or 8, and rows of at most 32 elements, which the
// lanes hold. So every number is loaded once a workgroup, which is one subgroup.
//
// Workgroups: x = rows / (4 * SUBGROUP), y = 1, z = images * heads.
enable subgroups;

//#include "parts/attention.wgsl"

//#include "parts/attention_lanes.wgsl"

// With four other elements before, without the last four. Elements that move along like this are loaded in a loop.
fn behind(first: mat4x4f, r: Rows) -> Rows {
  return Rows(first, r.m0, r.m1, r.m2, r.m3, r.m4, r.m5, r.m6);
}

fn rows_of_a(place: vec2u, row: u32) -> Rows {
  let at = four_rows(params.a_stride, place, row);
  var r = Rows();
  for (var k = params.depth; k > 0; k--) { r = behind(load_a(at, k - 1), r); }
  return r;
}

fn rows_of_a2(place: vec2u, row: u32) -> Rows {
  let at = four_rows(params.a2_stride, place, row);
  var r = Rows();
  for (var k = params.depth2; k > 0; k--) { r = behind(load_a2(at, k - 1), r); }
  return r;
}

// Products of the four rows with the four columns.
fn products(x: Rows, y: Share) -> mat4x4f {
  var t = mat4x4f();
  t = more(t, x.m0, low(y.v0));
  t = more(t, x.m1, low(y.v1));
  t = more(t, x.m2, low(y.v2));
  t = more(t, x.m3, low(y.v3));
  t = more(t, x.m4, high(y.v0, y.w0));
  t = more(t, x.m5, high(y.v1, y.w1));
  t = more(t, x.m6, high(y.v2, y.w2));
  t = more(t, x.m7, high(y.v3, y.w3));
  return t;
}

@compute @workgroup_size(SUBGROUP)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let place = image_and_head(group.z);
  let row = (group.x * SUBGROUP + lane) * 4;
  let q = rows_of_a(place, row);
  var o = Rows();
  var top = vec4f(HIDDEN);
  var sum = vec4f();
  let end = select(params.columns, min(params.columns, SUBGROUP * 4 * (group.x + 1)), params.causal == 1u);
  for (var start = 0u; start < end; start += 4u) {
    let without = is_ignored(place.x, start + lane % 4, params.columns);
    let s = scores(products(q, share_of_b(place, start, lane, 0, without)), place, row, start, vec4u(), without);
    let new_top = max(top, max(max(s[0], s[1]), max(s[2], s[3])));
    let shrink = power_of_2(top - new_top);
    top = new_top;
    let p = mat4x4f(power_of_2(s[0] - top), power_of_2(s[1] - top), power_of_2(s[2] - top), power_of_2(s[3] - top));
    sum = fma(sum, shrink, (p[0] + p[1]) + (p[2] + p[3]));
    let f = dropout(group.z, row, start);
    let w = transpose(p);
    o = accumulated(all_scaled(o, shrink), mat4x4f(w[0] * f[0], w[1] * f[1], w[2] * f[2], w[3] * f[3]), share_of_b2(place, start, lane, 0, without));
  }
  let share = select(1 / sum, vec4f(), top <= vec4f(HIDDEN));
  store_all(params.y_stride, params.width2, place, row, 0, params.depth2, o, share);
  store_records(group.z, row, top, share);
}

@compute @workgroup_size(SUBGROUP)
fn query_gradient(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let place = image_and_head(group.z);
  let row = (group.x * SUBGROUP + lane) * 4;
  let q = rows_of_a(place, row);
  let g = rows_of_a2(place, row);
  let r = load_records(group.z, row);
  var o = Rows();
  let end = select(params.columns, min(params.columns, SUBGROUP * 4 * (group.x + 1)), params.causal == 1u);
  for (var start = 0u; start < end; start += 4u) {
    let without = is_ignored(place.x, start + lane % 4, params.columns);
    let key = share_of_b(place, start, lane, 0, without);
    let s = scores(products(q, key), place, row, start, vec4u(), without);
    let d = products(g, share_of_b2(place, start, lane, 0, without));
    let f = transpose(dropout(group.z, row, start));
    let w = mat4x4f(slope(s[0], r, d[0], f[0]), slope(s[1], r, d[1], f[1]), slope(s[2], r, d[2], f[2]), slope(s[3], r, d[3], f[3]));
    o = accumulated(o, transpose(w), key);
  }
  store_all(params.y_stride, params.width, place, row, 0, params.depth, o, vec4f(params.result_scale));
}

@compute @workgroup_size(SUBGROUP)
fn key_gradients(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let place = image_and_head(group.z);
  let row = (group.x * SUBGROUP + lane) * 4;
  let k = rows_of_a(place, row);
  let v = rows_of_a2(place, row);
  let without = ignored_rows(place.x, row);
  var o = Rows();
  var o2 = Rows();
  for (var start = select(0u, group.x * SUBGROUP * 4, params.causal == 2u); start < params.columns; start += 4u) {
    let query = share_of_b(place, start, lane, 0, 0);
    let g = share_of_b2(place, start, lane, 0, 0);
    let r = low(records[group.z * params.columns + min(start + lane % 4, params.columns - 1)]);
    let s = scores(products(k, query), place, row, start, without, 0);
    let d = products(v, g);
    let f = dropout(group.z, start, row);
    let w = mat4x4f(column_slope(s[0], r[0], d[0], f[0]), column_slope(s[1], r[1], d[1], f[1]), column_slope(s[2], r[2], d[2], f[2]), column_slope(s[3], r[3], d[3], f[3]));
    let p = mat4x4f(column_weight(s[0], r[0]) * f[0], column_weight(s[1], r[1]) * f[1], column_weight(s[2], r[2]) * f[2], column_weight(s[3], r[3]) * f[3]);
    o = accumulated(o, transpose(w), query);
    o2 = accumulated(o2, transpose(p), g);
  }
  store_all(params.y_stride, params.width, place, row, 0, params.depth, o, vec4f(params.result_scale));
  store_all(params.y2_stride, params.width2, place, row, 0, params.depth2, o2, vec4f(1));
}
