// The attention of parts/attention.wgsl for adapters whose subgroups have a fixed size of 4 or 8.
//
// A workgroup is one subgroup. A lane owns four rows, all of their elements, and they meet four columns at a time, whose elements the lanes
// load together and pass round by broadcast. So every number is loaded once a workgroup, softmax needs no exchange between lanes, and no memory
// is shared. Places where a load or a store stands are kept few: on software adapters each costs compile time.
//
// Workgroups: x = rows / (4 * SUBGROUP), y = 1, z = images * heads.
enable subgroups;

//#include "parts/attention.wgsl"

override SUBGROUP: u32 = 8;

// 32 elements of four rows, four at a time: inputs with one element in each column of a matrix, results with one row in each.
struct Rows { m0: mat4x4f, m1: mat4x4f, m2: mat4x4f, m3: mat4x4f, m4: mat4x4f, m5: mat4x4f, m6: mat4x4f, m7: mat4x4f }

// What a lane loads of 32 elements of four columns: 16 of column lane % 4, in subgroups of 4 all.
struct Share { v0: vec4f, v1: vec4f, v2: vec4f, v3: vec4f, w0: vec4f, w1: vec4f, w2: vec4f, w3: vec4f }

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

fn share_of_b(place: vec2u, start: u32, lane: u32, without: u32) -> Share {
  let at = column_start(params.b_stride, place, start + lane % 4);
  let k = lane & 4;
  var s = Share(load_b(at, k, without), load_b(at, k + 1, without), load_b(at, k + 2, without), load_b(at, k + 3, without), vec4f(), vec4f(), vec4f(), vec4f());
  if (SUBGROUP == 4u) { s.w0 = load_b(at, 4, without); s.w1 = load_b(at, 5, without); s.w2 = load_b(at, 6, without); s.w3 = load_b(at, 7, without); }
  return s;
}

fn share_of_b2(place: vec2u, start: u32, lane: u32, without: u32) -> Share {
  let at = column_start(params.b2_stride, place, start + lane % 4);
  let k = lane & 4;
  var s = Share(load_b2(at, k, without), load_b2(at, k + 1, without), load_b2(at, k + 2, without), load_b2(at, k + 3, without), vec4f(), vec4f(), vec4f(), vec4f());
  if (SUBGROUP == 4u) { s.w0 = load_b2(at, 4, without); s.w1 = load_b2(at, 5, without); s.w2 = load_b2(at, 6, without); s.w3 = load_b2(at, 7, without); }
  return s;
}

// Four elements of the four columns: of the first 16 elements,
fn low(v: vec4f) -> mat4x4f {
  return mat4x4f(subgroupBroadcast(v, 0u), subgroupBroadcast(v, 1u), subgroupBroadcast(v, 2u), subgroupBroadcast(v, 3u));
}

// and of the others.
fn high(v: vec4f, w: vec4f) -> mat4x4f {
  if (SUBGROUP == 4u) { return low(w); }
  return mat4x4f(subgroupBroadcast(v, 4u), subgroupBroadcast(v, 5u), subgroupBroadcast(v, 6u), subgroupBroadcast(v, 7u));
}

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

// The results, plus the weights (one row in each column) times the four columns.
fn accumulated(o: Rows, w: mat4x4f, x: Share) -> Rows {
  return Rows(spread(o.m0, w, low(x.v0)), spread(o.m1, w, low(x.v1)), spread(o.m2, w, low(x.v2)), spread(o.m3, w, low(x.v3)),
    spread(o.m4, w, high(x.v0, x.w0)), spread(o.m5, w, high(x.v1, x.w1)), spread(o.m6, w, high(x.v2, x.w2)), spread(o.m7, w, high(x.v3, x.w3)));
}

fn all_scaled(o: Rows, f: vec4f) -> Rows {
  return Rows(scaled(o.m0, f), scaled(o.m1, f), scaled(o.m2, f), scaled(o.m3, f), scaled(o.m4, f), scaled(o.m5, f), scaled(o.m6, f), scaled(o.m7, f));
}

fn store_all(stride: vec4u, depth: u32, place: vec2u, row: u32, results: Rows, factor: vec4f) {
  var o = results;
  for (var k = 0u; k < depth; k++) {
    store_rows(stride, place, row, k, scaled(o.m0, factor));
    o = Rows(o.m1, o.m2, o.m3, o.m4, o.m5, o.m6, o.m7, o.m0);
  }
}

// Scores of the four rows with the four columns from `start`; `ignored_rows` and, lane by lane, `ignored_column` hide some.
fn scores(t: mat4x4f, place: vec2u, row: u32, start: u32, ignored_rows: vec4u, ignored_column: u32) -> mat4x4f {
  return mat4x4f(
    score(t[0], place, row, start, ignored_rows | vec4u(subgroupBroadcast(ignored_column, 0u))),
    score(t[1], place, row, start + 1, ignored_rows | vec4u(subgroupBroadcast(ignored_column, 1u))),
    score(t[2], place, row, start + 2, ignored_rows | vec4u(subgroupBroadcast(ignored_column, 2u))),
    score(t[3], place, row, start + 3, ignored_rows | vec4u(subgroupBroadcast(ignored_column, 3u))));
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
    let s = scores(products(q, share_of_b(place, start, lane, without)), place, row, start, vec4u(), without);
    let new_top = max(top, max(max(s[0], s[1]), max(s[2], s[3])));
    let shrink = power_of_2(top - new_top);
    top = new_top;
    let p = mat4x4f(likelihood(s[0], top), likelihood(s[1], top), likelihood(s[2], top), likelihood(s[3], top));
    sum = fma(sum, shrink, (p[0] + p[1]) + (p[2] + p[3]));
    let f = dropout(group.z, row, start);
    let w = transpose(p);
    o = accumulated(all_scaled(o, shrink), mat4x4f(w[0] * f[0], w[1] * f[1], w[2] * f[2], w[3] * f[3]), share_of_b2(place, start, lane, without));
  }
  let share = select(1 / sum, vec4f(), top <= vec4f(HIDDEN));
  store_all(params.y_stride, params.depth2, place, row, o, share);
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
    let key = share_of_b(place, start, lane, without);
    let s = scores(products(q, key), place, row, start, vec4u(), without);
    let d = products(g, share_of_b2(place, start, lane, without));
    let f = transpose(dropout(group.z, row, start));
    let w = mat4x4f(slope(s[0], r, d[0], f[0]), slope(s[1], r, d[1], f[1]), slope(s[2], r, d[2], f[2]), slope(s[3], r, d[3], f[3]));
    o = accumulated(o, transpose(w), key);
  }
  store_all(params.y_stride, params.depth, place, row, o, vec4f(params.result_scale));
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
    let query = share_of_b(place, start, lane, 0);
    let g = share_of_b2(place, start, lane, 0);
    let r = low(records[group.z * params.columns + min(start + lane % 4, params.columns - 1)]);
    let s = scores(products(k, query), place, row, start, without, 0);
    let d = products(v, g);
    let f = dropout(group.z, start, row);
    let w = mat4x4f(column_slope(s[0], r[0], d[0], f[0]), column_slope(s[1], r[1], d[1], f[1]), column_slope(s[2], r[2], d[2], f[2]), column_slope(s[3], r[3], d[3], f[3]));
    let p = mat4x4f(column_weight(s[0], r[0]) * f[0], column_weight(s[1], r[1]) * f[1], column_weight(s[2], r[2]) * f[2], column_weight(s[3], r[3]) * f[3]);
    o = accumulated(o, transpose(w), query);
    o2 = accumulated(o2, transpose(p), g);
  }
  store_all(params.y_stride, params.depth, place, row, o, vec4f(params.result_scale));
  store_all(params.y2_stride, params.depth2, place, row, o2, vec4f(1));
}
