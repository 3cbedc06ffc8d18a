// What the attention kernels for subgroups share: a lane owns four rows, which meet four columns at a time, whose elements the lanes load
// together and pass round by broadcast. So columns are loaded once a workgroup, softmax needs no exchange between lanes, and no memory is
// shared. Places where a load or a store stands are kept few: on software adapters each costs compile time.

override SUBGROUP: u32 = 8;

// 32 elements of four rows, four at a time: inputs with one element in each column of a matrix, results with one row in each.
struct Rows { m0: mat4x4f, m1: mat4x4f, m2: mat4x4f, m3: mat4x4f, m4: mat4x4f, m5: mat4x4f, m6: mat4x4f, m7: mat4x4f }

// What a lane loads of 32 elements of four columns: 16 of column lane % 4, in subgroups of 4 all.
struct Share { v0: vec4f, v1: vec4f, v2: vec4f, v3: vec4f, w0: vec4f, w1: vec4f, w2: vec4f, w3: vec4f }

fn share_of_b(place: vec2u, start: u32, lane: u32, first: u32, without: u32) -> Share {
  let at = column_start(params.b_stride, place, start + lane % 4);
  let k = first + (lane & 4);
  var s = Share(load_b(at, k, without), load_b(at, k + 1, without), load_b(at, k + 2, without), load_b(at, k + 3, without), vec4f(), vec4f(), vec4f(), vec4f());
  if (SUBGROUP == 4u) { s.w0 = load_b(at, k + 4, without); s.w1 = load_b(at, k + 5, without); s.w2 = load_b(at, k + 6, without); s.w3 = load_b(at, k + 7, without); }
  return s;
}

fn share_of_b2(place: vec2u, start: u32, lane: u32, first: u32, without: u32) -> Share {
  let at = column_start(params.b2_stride, place, start + lane % 4);
  let k = first + (lane & 4);
  var s = Share(load_b2(at, k, without), load_b2(at, k + 1, without), load_b2(at, k + 2, without), load_b2(at, k + 3, without), vec4f(), vec4f(), vec4f(), vec4f());
  if (SUBGROUP == 4u) { s.w0 = load_b2(at, k + 4, without); s.w1 = load_b2(at, k + 5, without); s.w2 = load_b2(at, k + 6, without); s.w3 = load_b2(at, k + 7, without); }
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

// The results, plus the weights (one row in each column) times the four columns.
fn accumulated(o: Rows, w: mat4x4f, x: Share) -> Rows {
  return Rows(spread(o.m0, w, low(x.v0)), spread(o.m1, w, low(x.v1)), spread(o.m2, w, low(x.v2)), spread(o.m3, w, low(x.v3)),
    spread(o.m4, w, high(x.v0, x.w0)), spread(o.m5, w, high(x.v1, x.w1)), spread(o.m6, w, high(x.v2, x.w2)), spread(o.m7, w, high(x.v3, x.w3)));
}

fn all_scaled(o: Rows, f: vec4f) -> Rows {
  return Rows(scaled(o.m0, f), scaled(o.m1, f), scaled(o.m2, f), scaled(o.m3, f), scaled(o.m4, f), scaled(o.m5, f), scaled(o.m6, f), scaled(o.m7, f));
}

// The elements from `first` to `end`, in vec4, of four rows. (Were the end known to be near, compilers would unroll the loop.)
fn store_all(stride: vec4u, width: u32, place: vec2u, row: u32, first: u32, end: u32, results: Rows, factor: vec4f) {
  var o = results;
  for (var k = first; k < end; k++) {
    store_rows(stride, width, place, row, k, scaled(o.m0, factor));
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
