// The attention of parts/attention.wgsl for adapters whose subgroups have a fixed size of 4 or 8, and rows of any length. A workgroup computes 32
// elements of the results. Weights are computed for 16 columns at a time, so that a load of four rows serves as many.
//
// Workgroups: x = rows / (4 * SUBGROUP), y = elements / 32, z = images * heads.
enable subgroups;

//#include "parts/attention.wgsl"

//#include "parts/attention_lanes.wgsl"

// Four rows by 16 columns.
struct Tile { t0: mat4x4f, t1: mat4x4f, t2: mat4x4f, t3: mat4x4f }

// The next four columns first.
fn turned(t: Tile) -> Tile {
  return Tile(t.t1, t.t2, t.t3, t.t0);
}

// With what lanes have of their own columns at one place: y0 of column `lane`, y1 of `lane + SUBGROUP`, and so on.
fn more_of_tile(t: Tile, x: mat4x4f, y0: vec4f, y1: vec4f, y2: vec4f, y3: vec4f) -> Tile {
  if (SUBGROUP == 4u) { return Tile(more(t.t0, x, low(y0)), more(t.t1, x, low(y1)), more(t.t2, x, low(y2)), more(t.t3, x, low(y3))); }
  return Tile(more(t.t0, x, low(y0)), more(t.t1, x, high(y0, y0)), more(t.t2, x, low(y1)), more(t.t3, x, high(y1, y1)));
}

fn products(place: vec2u, row: u32, start: u32, lane: u32) -> Tile {
  let rows = four_rows(params.a_stride, place, row);
  let own = start + lane;
  let c = vec4u(column_start(params.b_stride, place, own), column_start(params.b_stride, place, own + SUBGROUP),
    column_start(params.b_stride, place, own + 2 * SUBGROUP), column_start(params.b_stride, place, own + 3 * SUBGROUP));
  var t = Tile();
  for (var k = 0u; k < params.depth; k++) {
    let x = load_a(rows, k);
    let y0 = b[c.x + k];
    let y1 = b[c.y + k];
    var y2 = y0;
    var y3 = y1;
    if (SUBGROUP == 4u) { y2 = b[c.z + k]; y3 = b[c.w + k]; }
    t = more_of_tile(t, x, y0, y1, y2, y3);
  }
  return t;
}

fn products2(place: vec2u, row: u32, start: u32, lane: u32) -> Tile {
  let rows = four_rows(params.a2_stride, place, row);
  let own = start + lane;
  let c = vec4u(column_start(params.b2_stride, place, own), column_start(params.b2_stride, place, own + SUBGROUP),
    column_start(params.b2_stride, place, own + 2 * SUBGROUP), column_start(params.b2_stride, place, own + 3 * SUBGROUP));
  var t = Tile();
  for (var k = 0u; k < params.depth2; k++) {
    let x = load_a2(rows, k);
    let y0 = b2[c.x + k];
    let y1 = b2[c.y + k];
    var y2 = y0;
    var y3 = y1;
    if (SUBGROUP == 4u) { y2 = b2[c.z + k]; y3 = b2[c.w + k]; }
    t = more_of_tile(t, x, y0, y1, y2, y3);
  }
  return t;
}

fn largest(m: mat4x4f) -> vec4f {
  return max(max(m[0], m[1]), max(m[2], m[3]));
}

@compute @workgroup_size(SUBGROUP)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let place = image_and_head(group.z);
  let row = (group.x * SUBGROUP + lane) * 4;
  let first = group.y * 8;
  var o = Rows();
  var top = vec4f(HIDDEN);
  var sum = vec4f();
  let end = select(params.columns, min(params.columns, SUBGROUP * 4 * (group.x + 1)), params.causal == 1u);
  for (var start = 0u; start < end; start += 16u) {
    var t = products(place, row, start, lane);
    for (var c = start; c < start + 16; c += 4u) {
      t.t0 = scores(t.t0, place, row, c, vec4u(), is_ignored(place.x, c + lane % 4, params.columns));
      t = turned(t);
    }
    let new_top = max(top, max(max(largest(t.t0), largest(t.t1)), max(largest(t.t2), largest(t.t3))));
    let shrink = power_of_2(top - new_top);
    top = new_top;
    sum *= shrink;
    o = all_scaled(o, shrink);
    for (var c = start; c < start + 16; c += 4u) {
      let without = is_ignored(place.x, c + lane % 4, params.columns);
      let p = mat4x4f(power_of_2(t.t0[0] - top), power_of_2(t.t0[1] - top), power_of_2(t.t0[2] - top), power_of_2(t.t0[3] - top));
      sum += (p[0] + p[1]) + (p[2] + p[3]);
      let f = dropout(group.z, row, c);
      let w = transpose(p);
      o = accumulated(o, mat4x4f(w[0] * f[0], w[1] * f[1], w[2] * f[2], w[3] * f[3]), share_of_b2(place, c, lane, first, without));
      t = turned(t);
    }
  }
  let share = select(1 / sum, vec4f(), top <= vec4f(HIDDEN));
  store_all(params.y_stride, params.width2, place, row, first, min(params.depth2, first + 8), o, share);
  if (group.y == 0) { store_records(group.z, row, top, share); }
}

@compute @workgroup_size(SUBGROUP)
fn query_gradient(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let place = image_and_head(group.z);
  let row = (group.x * SUBGROUP + lane) * 4;
  let first = group.y * 8;
  let r = load_records(group.z, row);
  var o = Rows();
  let end = select(params.columns, min(params.columns, SUBGROUP * 4 * (group.x + 1)), params.causal == 1u);
  for (var start = 0u; start < end; start += 16u) {
    var t = products(place, row, start, lane);
    var u = products2(place, row, start, lane);
    for (var c = start; c < start + 16; c += 4u) {
      let without = is_ignored(place.x, c + lane % 4, params.columns);
      let s = scores(t.t0, place, row, c, vec4u(), without);
      let d = u.t0;
      let f = transpose(dropout(group.z, row, c));
      let w = mat4x4f(slope(s[0], r, d[0], f[0]), slope(s[1], r, d[1], f[1]), slope(s[2], r, d[2], f[2]), slope(s[3], r, d[3], f[3]));
      o = accumulated(o, transpose(w), share_of_b(place, c, lane, first, without));
      t = turned(t);
      u = turned(u);
    }
  }
  store_all(params.y_stride, params.width, place, row, first, min(params.depth, first + 8), o, vec4f(params.result_scale));
}

@compute @workgroup_size(SUBGROUP)
fn key_gradients(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let place = image_and_head(group.z);
  let row = (group.x * SUBGROUP + lane) * 4;
  let first = group.y * 8;
  let without = ignored_rows(place.x, row);
  var o = Rows();
  var o2 = Rows();
  for (var start = select(0u, group.x * SUBGROUP * 4, params.causal == 2u); start < params.columns; start += 16u) {
    var t = products(place, row, start, lane);
    var u = products2(place, row, start, lane);
    for (var c = start; c < start + 16; c += 4u) {
      let r = low(records[group.z * params.columns + min(c + lane % 4, params.columns - 1)]);
      let s = scores(t.t0, place, row, c, without, 0);
      let d = u.t0;
      let f = dropout(group.z, c, row);
      let w = mat4x4f(column_slope(s[0], r[0], d[0], f[0]), column_slope(s[1], r[1], d[1], f[1]), column_slope(s[2], r[2], d[2], f[2]), column_slope(s[3], r[3], d[3], f[3]));
      let p = mat4x4f(column_weight(s[0], r[0]) * f[0], column_weight(s[1], r[1]) * f[1], column_weight(s[2], r[2]) * f[2], column_weight(s[3], r[3]) * f[3]);
      o = accumulated(o, transpose(w), share_of_b(place, c, lane, first, 0));
      o2 = accumulated(o2, transpose(p), share_of_b2(place, c, lane, first, 0));
      t = turned(t);
      u = turned(u);
    }
  }
  store_all(params.y_stride, params.width, place, row, first, min(params.depth, first + 8), o, vec4f(params.result_scale));
  store_all(params.y2_stride, params.width2, place, row, first, min(params.depth2, first + 8), o2, vec4f(1));
}
