// What the attention kernels share. Queries, keys and values are [image][head][place][element], any strides, elements in vec4; a row that is
// no multiple of 4 long is read with zeros behind it.
//
//   score     s[i][j] = scale * dot(query i, key j)          hidden where the key is ignored, after the query (causal), or masked
//   weight    p[i][j] = exp(s[i][j]) / sum over j of it       0 where hidden
//   dropout   f[i][j] = 0 with probability `dropped`, else 1 / (1 - dropped)
//   result    o[i]    = sum over j of p[i][j] f[i][j] value j
//
// With g[i] the gradient of o[i] and delta[i] = dot(g[i], o[i]), the gradient of s[i][j] is w[i][j] = p[i][j] (f[i][j] dot(g[i], value j) - delta[i]), and
//
//   query i: scale * sum over j of w[i][j] key j;   key j: scale * sum over i of w[i][j] query i;   value j: sum over i of p[i][j] f[i][j] g[i].
//
// A kernel works on tiles of rows by columns: rows are what its results belong to, columns what is summed over. Scores are never stored:
// a record for each query (its largest score, 1 / the sum of exp(score - largest), delta) is enough to compute a weight again.
// T. Dao et al., "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness", NeurIPS 2022.

struct Params {
  rows: u32,
  columns: u32,
  heads: u32,
  causal: u32,             // 1: columns are keys and may not come after the row; 2: rows are keys and may not come after the column
  depth: u32,              // of a and b, in vec4
  depth2: u32,             // of a2 and b2, in vec4
  scale: f32,              // of scores, times log2 e
  result_scale: f32,       // of what is written to y
  a_stride: vec4u,         // image, head, row; offset; in vec4, as all strides but those of ignored and mask
  a2_stride: vec4u,
  b_stride: vec4u,         // image, head, column; offset
  b2_stride: vec4u,
  y_stride: vec4u,         // image, head, row; offset; in elements, as results have no zeros behind their rows
  y2_stride: vec4u,
  ignored_stride: vec4u,   // image, key; offset; w: 1 if there is such a list
  mask_stride: vec4u,      // image, head, row, column
  mask_offset: u32,
  width: u32,              // of a and b, in elements
  width2: u32,             // of a2 and b2
  drop_below: u32,         // random words below it drop a weight
  kept: f32,               // 1 / (1 - dropped)
  key: vec2u,
  stream: vec2u,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> a2: array<vec4f>;
@group(0) @binding(4) var<storage, read> b2: array<vec4f>;
@group(0) @binding(5) var<storage, read> records: array<vec4f>;         // [image][head][query]: largest score in base 2, share, delta
@group(0) @binding(6) var<storage, read> ignored: array<u32>;
@group(0) @binding(7) var<storage, read> mask: array<u32>;              // 1: may attend
@group(0) @binding(8) var<storage, read_write> y: array<f32>;
@group(0) @binding(9) var<storage, read_write> new_records: array<vec4f>;

override HAS_MASK: u32 = 0;
override HAS_DROPOUT: u32 = 0;

// A score that counts for nothing. A row that has no other gets the share 0.
const HIDDEN = -3.4028234e38;

//#include "philox.wgsl"

fn image_and_head(z: u32) -> vec2u {
  let image = z / params.heads;
  return vec2u(image, z - image * params.heads);
}

fn start_of(stride: vec4u, place: vec2u) -> u32 {
  return stride.w + place.x * stride.x + place.y * stride.y;
}

// Where the four rows from `row` start; those past the end are the last one, and their results are not stored.
fn four_rows(stride: vec4u, place: vec2u, row: u32) -> vec4u {
  let rows = min(vec4u(row) + vec4u(0, 1, 2, 3), vec4u(params.rows - 1));
  return rows * stride.z + start_of(stride, place);
}

fn column_start(stride: vec4u, place: vec2u, column: u32) -> u32 {
  return start_of(stride, place) + min(column, params.columns - 1) * stride.z;
}

// 1 if the key is ignored; `keys` is how many there are.
fn is_ignored(image: u32, key: u32, keys: u32) -> u32 {
  if (params.ignored_stride.w == 0u) { return 0; }
  return ignored[params.ignored_stride.z + image * params.ignored_stride.x + min(key, keys - 1) * params.ignored_stride.y];
}

fn ignored_rows(image: u32, row: u32) -> vec4u {
  return vec4u(is_ignored(image, row, params.rows), is_ignored(image, row + 1, params.rows), is_ignored(image, row + 2, params.rows), is_ignored(image, row + 3, params.rows));
}

// The records of four rows, which are queries: each column holds one of their numbers.
fn load_records(z: u32, row: u32) -> mat4x4f {
  let at = min(vec4u(row) + vec4u(0, 1, 2, 3), vec4u(params.rows - 1)) + z * params.rows;
  return transpose(mat4x4f(records[at.x], records[at.y], records[at.z], records[at.w]));
}

fn store_records(z: u32, row: u32, top: vec4f, share: vec4f) {
  let at = z * params.rows + row;
  if (row < params.rows) { new_records[at] = vec4f(top.x, share.x, 0, 0); }
  if (row + 1 < params.rows) { new_records[at + 1] = vec4f(top.y, share.y, 0, 0); }
  if (row + 2 < params.rows) { new_records[at + 2] = vec4f(top.z, share.z, 0, 0); }
  if (row + 3 < params.rows) { new_records[at + 3] = vec4f(top.w, share.w, 0, 0); }
}

// Four values k .. k+3 of the four rows: column i of the result holds element i of every row.
fn load_a(rows: vec4u, k: u32) -> mat4x4f {
  let at = rows + k;
  return transpose(mat4x4f(a[at.x], a[at.y], a[at.z], a[at.w]));
}

fn load_a2(rows: vec4u, k: u32) -> mat4x4f {
  let at = rows + k;
  return transpose(mat4x4f(a2[at.x], a2[at.y], a2[at.z], a2[at.w]));
}

// Beyond the end 0. What is ignored has no influence, NaN or not.
fn load_b(start: u32, k: u32, without: u32) -> vec4f {
  let at = start + min(k, params.depth - 1);
  return select(b[at], vec4f(), without == 1 || k >= params.depth);
}

fn load_b2(start: u32, k: u32, without: u32) -> vec4f {
  let at = start + min(k, params.depth2 - 1);
  return select(b2[at], vec4f(), without == 1 || k >= params.depth2);
}

// Scores of four rows with one column, in base 2.
fn score(product: vec4f, place: vec2u, row: u32, column: u32, without: vec4u) -> vec4f {
  let rows = vec4u(row) + vec4u(0, 1, 2, 3);
  var hidden = (without != vec4u());
  if (column >= params.columns) { hidden = vec4<bool>(true); }
  if (params.causal == 1u) { hidden |= (rows < vec4u(column)); }
  if (params.causal == 2u) { hidden |= (rows > vec4u(column)); }
  if (HAS_MASK == 1u) {
    let at = min(rows, vec4u(params.rows - 1)) * params.mask_stride.z + (params.mask_offset + place.x * params.mask_stride.x + place.y * params.mask_stride.y + min(column, params.columns - 1) * params.mask_stride.w);
    hidden |= (vec4u(mask[at.x], mask[at.y], mask[at.z], mask[at.w]) == vec4u());
  }
  return select(product * params.scale, vec4f(HIDDEN), hidden);
}

// 2^t, to two units in the last place; 0 below 2^-126, for t up to 127. NaN stays NaN.
fn power_of_2(t: vec4f) -> vec4f {
  let n = round(clamp(t, vec4f(-126), vec4f(127)));
  let r = t - n;
  var p = fma(vec4f(0.0001535336341476068), r, vec4f(0.0013398875016719103));
  p = fma(p, r, vec4f(0.00961843691766262));
  p = fma(p, r, vec4f(0.055503323674201965));
  p = fma(p, r, vec4f(0.24022647738456726));
  p = fma(p, r, vec4f(0.6931471824645996));
  p = fma(p, r, vec4f(1));
  return select(p * bitcast<vec4f>(vec4u(vec4i(n) + vec4i(127)) << vec4u(23u)), vec4f(), t < vec4f(-126.5));
}

// The gradient of the scores of four rows with one column: `r` holds the rows' records, element by element.
fn slope(s: vec4f, r: mat4x4f, product: vec4f, factor: vec4f) -> vec4f {
  return select(power_of_2(s - r[0]) * r[1] * fma(product, factor, -r[2]), vec4f(), s <= vec4f(HIDDEN));
}

// The same where the column has the record.
fn column_slope(s: vec4f, r: vec4f, product: vec4f, factor: vec4f) -> vec4f {
  return select(column_weight(s, r) * fma(product, factor, vec4f(-r.z)), vec4f(), s <= vec4f(HIDDEN));
}

fn column_weight(s: vec4f, r: vec4f) -> vec4f {
  return power_of_2(s - vec4f(r.x)) * r.y;
}

// Dropout of four queries (columns of the result) with four keys, from multiples of 4. A function of key, stream and position alone.
fn dropout(z: u32, query: u32, key: u32) -> mat4x4f {
  if (HAS_DROPOUT == 0u) { return mat4x4f(vec4f(1), vec4f(1), vec4f(1), vec4f(1)); }
  let x = (z << 16u) + key / 4;
  return mat4x4f(kept(x, query), kept(x, query + 1), kept(x, query + 2), kept(x, query + 3));
}

fn kept(x: u32, query: u32) -> vec4f {
  let words = philox(vec4u(x, query, params.stream), params.key);
  return select(vec4f(params.kept), vec4f(), words < vec4u(params.drop_below));
}

// dot of four rows with one column, four elements further
fn dots(c: vec4f, x: mat4x4f, y: vec4f) -> vec4f {
  return fma(x[3], vec4f(y.w), fma(x[2], vec4f(y.z), fma(x[1], vec4f(y.y), fma(x[0], vec4f(y.x), c))));
}

// The same with four columns, one in each column of the result.
fn more(t: mat4x4f, x: mat4x4f, y: mat4x4f) -> mat4x4f {
  return mat4x4f(dots(t[0], x, y[0]), dots(t[1], x, y[1]), dots(t[2], x, y[2]), dots(t[3], x, y[3]));
}

// Four elements of four rows of results, plus weights (one row in each column) times these elements of four columns.
fn spread(o: mat4x4f, w: mat4x4f, x: mat4x4f) -> mat4x4f {
  return mat4x4f(row_of(o[0], w[0], x), row_of(o[1], w[1], x), row_of(o[2], w[2], x), row_of(o[3], w[3], x));
}

fn row_of(o: vec4f, w: vec4f, x: mat4x4f) -> vec4f {
  return fma(vec4f(w.w), x[3], fma(vec4f(w.z), x[2], fma(vec4f(w.y), x[1], fma(vec4f(w.x), x[0], o))));
}

// Four rows times a factor each.
fn scaled(o: mat4x4f, f: vec4f) -> mat4x4f {
  return mat4x4f(o[0] * f.x, o[1] * f.y, o[2] * f.z, o[3] * f.w);
}

// Four elements of four rows, as far as there are so many. (In a loop, so that the stores are compiled once.)
fn store_rows(stride: vec4u, width: u32, place: vec2u, row: u32, k: u32, results: mat4x4f) {
  let left = width - 4 * k;
  let end = min(row + 4, params.rows);
  var at = start_of(stride, place) + row * stride.z + 4 * k;
  var o = results;
  for (var i = row; i < end; i++) {
    y[at] = o[0].x;
    if (left > 1) { y[at + 1] = o[0].y; }
    if (left > 2) { y[at + 2] = o[0].z; }
    if (left > 3) { y[at + 3] = o[0].w; }
    o = mat4x4f(o[1], o[2], o[3], o[0]);
    at += stride.z;
  }
}
