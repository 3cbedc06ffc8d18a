// The attention of parts/attention.wgsl for any adapter: tiles of 32 rows by 32 columns in workgroup memory.
//
// A workgroup of 8 x 8 computes 4 x 4 weights an invocation, and of the results 4 rows by PIECES times 4 elements.
//
// Workgroups: x = rows / 32, y = 1, z = images * heads.

//#include "parts/attention.wgsl"

override PIECES: u32 = 1;   // a row has at most 32 elements for each; 1, 2 or 4

const LINE = 33u;                              // 32 and a gap
var<workgroup> a_tile: array<f32, 528>;        // [16 elements][row]
var<workgroup> b_tile: array<f32, 528>;        // [16 elements][column]
var<workgroup> w_tile: array<vec4f, 256>;      // [column][row / 4]
var<workgroup> x_tile: array<vec4f, 256>;      // [column][8 vec4]
var<workgroup> exchange: array<vec4f, 64>;     // [row / 4][column / 4]

// Where a workgroup and an invocation are.
struct Site { z: u32, place: vec2u, first: u32, row: u32, index: u32, local: vec2u }

fn site_of(group: vec3u, local: vec3u) -> Site {
  return Site(group.z, image_and_head(group.z), group.x * 32, group.x * 32 + local.y * 4, local.y * 8 + local.x, local.xy);
}

fn ignored_key(at: Site, column: u32, columns_are_keys: bool) -> u32 {
  if (!columns_are_keys) { return 0; }
  return is_ignored(at.place.x, column, params.columns);
}

// Four elements of a row or a column, to be met by all columns or rows.
fn stage_a(line: u32, element: u32, v: vec4f) {
  let at = element * LINE + line;
  a_tile[at] = v.x; a_tile[at + LINE] = v.y; a_tile[at + 2 * LINE] = v.z; a_tile[at + 3 * LINE] = v.w;
}

fn stage_b(line: u32, element: u32, v: vec4f) {
  let at = element * LINE + line;
  b_tile[at] = v.x; b_tile[at + LINE] = v.y; b_tile[at + 2 * LINE] = v.z; b_tile[at + 3 * LINE] = v.w;
}

// The products of what is staged: 16 elements of the tile's rows and columns.
fn staged_products(before: mat4x4f, at: Site) -> mat4x4f {
  var t = before;
  for (var k = 0u; k < 16; k++) {
    let i = k * LINE + at.local.y * 4;
    let j = k * LINE + at.local.x * 4;
    let x = vec4f(a_tile[i], a_tile[i + 1], a_tile[i + 2], a_tile[i + 3]);
    t = mat4x4f(fma(x, vec4f(b_tile[j]), t[0]), fma(x, vec4f(b_tile[j + 1]), t[1]), fma(x, vec4f(b_tile[j + 2]), t[2]), fma(x, vec4f(b_tile[j + 3]), t[3]));
  }
  return t;
}

fn products(at: Site, start: u32, columns_are_keys: bool) -> mat4x4f {
  var t = mat4x4f();
  for (var k = 0u; k < params.depth; k += 4u) {
    workgroupBarrier();
    for (var i = at.index; i < 128; i += 64u) {
      let line = i / 4;
      let element = k + i % 4;
      stage_a(line, i % 4 * 4, load_row_a(at.place, at.first + line, element));
      stage_b(line, i % 4 * 4, load_b(column_start(params.b_stride, at.place, start + line), element, 0));
    }
    workgroupBarrier();
    t = staged_products(t, at);
  }
  return t;
}

fn products2(at: Site, start: u32, columns_are_keys: bool) -> mat4x4f {
  var t = mat4x4f();
  for (var k = 0u; k < params.depth2; k += 4u) {
    workgroupBarrier();
    for (var i = at.index; i < 128; i += 64u) {
      let line = i / 4;
      let element = k + i % 4;
      stage_a(line, i % 4 * 4, load_row_a2(at.place, at.first + line, element));
      stage_b(line, i % 4 * 4, load_b2(column_start(params.b2_stride, at.place, start + line), element, 0));
    }
    workgroupBarrier();
    t = staged_products(t, at);
  }
  return t;
}

fn load_row_a(place: vec2u, row: u32, k: u32) -> vec4f {
  if (k >= params.depth) { return vec4f(); }
  return a[start_of(params.a_stride, place) + min(row, params.rows - 1) * params.a_stride.z + k];
}

fn load_row_a2(place: vec2u, row: u32, k: u32) -> vec4f {
  if (k >= params.depth2) { return vec4f(); }
  return a2[start_of(params.a2_stride, place) + min(row, params.rows - 1) * params.a2_stride.z + k];
}

fn scores(t: mat4x4f, at: Site, start: u32, rows_ignored: vec4u, columns_are_keys: bool) -> mat4x4f {
  let column = start + at.local.x * 4;
  return mat4x4f(
    score(t[0], at.place, at.row, column, rows_ignored | vec4u(ignored_key(at, column, columns_are_keys))),
    score(t[1], at.place, at.row, column + 1, rows_ignored | vec4u(ignored_key(at, column + 1, columns_are_keys))),
    score(t[2], at.place, at.row, column + 2, rows_ignored | vec4u(ignored_key(at, column + 2, columns_are_keys))),
    score(t[3], at.place, at.row, column + 3, rows_ignored | vec4u(ignored_key(at, column + 3, columns_are_keys))));
}

// Hands the weights (one column in each) to the workgroup.
fn share_weights(at: Site, w: mat4x4f) {
  workgroupBarrier();
  let i = at.local.x * 32 + at.local.y;
  w_tile[i] = w[0]; w_tile[i + 8] = w[1]; w_tile[i + 16] = w[2]; w_tile[i + 24] = w[3];
}

fn gather_b(at: Site, start: u32, piece: u32, columns_are_keys: bool) {
  workgroupBarrier();
  for (var i = at.index; i < 256; i += 64u) { x_tile[i] = load_b(column_start(params.b_stride, at.place, start + i / 8), piece * 8 + i % 8, ignored_key(at, start + i / 8, columns_are_keys)); }
  workgroupBarrier();
}

fn gather_b2(at: Site, start: u32, piece: u32, columns_are_keys: bool) {
  workgroupBarrier();
  for (var i = at.index; i < 256; i += 64u) { x_tile[i] = load_b2(column_start(params.b2_stride, at.place, start + i / 8), piece * 8 + i % 8, ignored_key(at, start + i / 8, columns_are_keys)); }
  workgroupBarrier();
}

// The results, plus the weights times the columns that are staged.
fn accumulated(before: mat4x4f, at: Site) -> mat4x4f {
  var o = before;
  for (var j = 0u; j < 32; j++) {
    let w = w_tile[j * 8 + at.local.y];
    let x = x_tile[j * 8 + at.local.x];
    o = mat4x4f(fma(vec4f(w.x), x, o[0]), fma(vec4f(w.y), x, o[1]), fma(vec4f(w.z), x, o[2]), fma(vec4f(w.w), x, o[3]));
  }
  return o;
}

// Of what the invocations of these rows have each, the largest or the sum.
fn largest_of_rows(at: Site, value: vec4f) -> vec4f {
  workgroupBarrier();
  exchange[at.index] = value;
  workgroupBarrier();
  var y = exchange[at.local.y * 8];
  for (var i = 1u; i < 8; i++) { y = max(y, exchange[at.local.y * 8 + i]); }
  return y;
}

fn sum_of_rows(at: Site, value: vec4f) -> vec4f {
  workgroupBarrier();
  exchange[at.index] = value;
  workgroupBarrier();
  var y = vec4f();
  for (var i = 0u; i < 8; i++) { y += exchange[at.local.y * 8 + i]; }
  return y;
}

@compute @workgroup_size(8, 8)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let at = site_of(group, local);
  var o: array<mat4x4f, 4>;
  var top = vec4f(HIDDEN);
  var sum = vec4f();
  let end = select(params.columns, min(params.columns, 32 * (group.x + 1)), params.causal == 1u);
  for (var start = 0u; start < end; start += 32u) {
    let s = scores(products(at, start, true), at, start, vec4u(), true);
    let new_top = largest_of_rows(at, max(top, max(max(s[0], s[1]), max(s[2], s[3]))));
    let shrink = power_of_2(top - new_top);
    top = new_top;
    let p = mat4x4f(power_of_2(s[0] - top), power_of_2(s[1] - top), power_of_2(s[2] - top), power_of_2(s[3] - top));
    sum = fma(sum, shrink, (p[0] + p[1]) + (p[2] + p[3]));
    let f = transpose(dropout(at.z, at.row, start + local.x * 4));
    share_weights(at, mat4x4f(p[0] * f[0], p[1] * f[1], p[2] * f[2], p[3] * f[3]));
    for (var piece = 0u; piece < PIECES; piece++) {
      gather_b2(at, start, piece, true);
      o[piece] = accumulated(scaled(o[piece], shrink), at);
    }
  }
  let share = select(1 / sum_of_rows(at, sum), vec4f(), top <= vec4f(HIDDEN));
  for (var piece = 0u; piece < PIECES; piece++) {
    if (piece * 8 + local.x < params.depth2) { store_rows(params.y_stride, params.width2, at.place, at.row, piece * 8 + local.x, scaled(o[piece], share)); }
  }
  if (local.x == 0) { store_records(at.z, at.row, top, share); }
}

@compute @workgroup_size(8, 8)
fn query_gradient(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let at = site_of(group, local);
  let r = load_records(at.z, at.row);
  var o: array<mat4x4f, 4>;
  let end = select(params.columns, min(params.columns, 32 * (group.x + 1)), params.causal == 1u);
  for (var start = 0u; start < end; start += 32u) {
    let s = scores(products(at, start, true), at, start, vec4u(), true);
    let d = products2(at, start, true);
    let f = transpose(dropout(at.z, at.row, start + local.x * 4));
    share_weights(at, mat4x4f(slope(s[0], r, d[0], f[0]), slope(s[1], r, d[1], f[1]), slope(s[2], r, d[2], f[2]), slope(s[3], r, d[3], f[3])));
    for (var piece = 0u; piece < PIECES; piece++) {
      gather_b(at, start, piece, true);
      o[piece] = accumulated(o[piece], at);
    }
  }
  for (var piece = 0u; piece < PIECES; piece++) {
    if (piece * 8 + local.x < params.depth) { store_rows(params.y_stride, params.width, at.place, at.row, piece * 8 + local.x, scaled(o[piece], vec4f(params.result_scale))); }
  }
}

@compute @workgroup_size(8, 8)
fn key_gradients(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let at = site_of(group, local);
  let without = ignored_rows(at.place.x, at.row);
  var o: array<mat4x4f, 4>;
  var o2: array<mat4x4f, 4>;
  for (var start = select(0u, group.x * 32, params.causal == 2u); start < params.columns; start += 32u) {
    let s = scores(products(at, start, false), at, start, without, false);
    let d = products2(at, start, false);
    let column = start + local.x * 4;
    let own = min(vec4u(column) + vec4u(0, 1, 2, 3), vec4u(params.columns - 1)) + at.z * params.columns;
    let r = mat4x4f(records[own.x], records[own.y], records[own.z], records[own.w]);
    let f = dropout(at.z, column, at.row);
    share_weights(at, mat4x4f(column_slope(s[0], r[0], d[0], f[0]), column_slope(s[1], r[1], d[1], f[1]), column_slope(s[2], r[2], d[2], f[2]), column_slope(s[3], r[3], d[3], f[3])));
    for (var piece = 0u; piece < PIECES; piece++) {
      gather_b(at, start, piece, false);
      o[piece] = accumulated(o[piece], at);
    }
    share_weights(at, mat4x4f(column_weight(s[0], r[0]) * f[0], column_weight(s[1], r[1]) * f[1], column_weight(s[2], r[2]) * f[2], column_weight(s[3], r[3]) * f[3]));
    for (var piece = 0u; piece < PIECES; piece++) {
      gather_b2(at, start, piece, false);
      o2[piece] = accumulated(o2[piece], at);
    }
  }
  for (var piece = 0u; piece < PIECES; piece++) {
    let k = piece * 8 + local.x;
    if (k < params.depth) { store_rows(params.y_stride, params.width, at.place, at.row, k, scaled(o[piece], vec4f(params.result_scale))); }
    if (k < params.depth2) { store_rows(params.y2_stride, params.width2, at.place, at.row, k, o2[piece]); }
  }
}
