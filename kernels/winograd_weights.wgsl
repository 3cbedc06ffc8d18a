// The weights of Winograd's F(2x2, 3x3), see winograd_tiles.wgsl.
//
//   main:     planes = G g G^T of weights addressed by strides: 16 planes of [row][column], columns in fours
//   gradient: result = G^T planes G, from 16 planes of [row][column] to [row][ky][kx][column]
//
// Rows of a tile go round in loops whose ends compilers do not know, so that loads and stores are compiled once.
//
// One invocation has one row and four columns. Workgroups: x * y = rows * columns / 4 / 64, folded.

struct Params {
  quads: u32,           // rows * columns / 4
  columns: u32,         // in fours
  row: u32,             // strides of the weights
  column: u32,
  down: u32,
  right: u32,
  offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> planes: array<vec4f>;
@group(0) @binding(1) var<storage, read> products: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;

struct Three { a: vec4f, b: vec4f, c: vec4f }

// The weights of a tap, of four columns.
fn tap(at: u32) -> vec4f {
  let next = params.column;
  return vec4f(weights[at], weights[at + next], weights[at + 2 * next], weights[at + 3 * next]);
}

fn taps(at: u32) -> Three {
  return Three(tap(at), tap(at + params.right), tap(at + 2 * params.right));
}

// G v into four neighbouring planes
fn store_planes(at: u32, v: Three) {
  let next = params.quads;
  let ends = v.a + v.c;
  planes[at] = v.a;
  planes[at + next] = 0.5 * (ends + v.b);
  planes[at + 2 * next] = 0.5 * (ends - v.b);
  planes[at + 3 * next] = v.c;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 64;
  if (index >= params.quads) { return; }
  let row = index / params.columns;
  let at = params.offset + row * params.row + (index - row * params.columns) * 4 * params.column;
  var first: Three; var second: Three; var third: Three;
  var source = at;
  for (var y = 0u; y < 3 * params.quads; y += params.quads) {
    first = second;
    second = third;
    third = taps(source);
    source += params.down;
  }
  let ends = Three(first.a + third.a, first.b + third.b, first.c + third.c);
  let last = third;
  third = Three(0.5 * (ends.a - second.a), 0.5 * (ends.b - second.b), 0.5 * (ends.c - second.c));
  second = Three(0.5 * (ends.a + second.a), 0.5 * (ends.b + second.b), 0.5 * (ends.c + second.c));
  for (var plane = index; plane < index + 16 * params.quads; plane += 4 * params.quads) {
    store_planes(plane, first);
    first = second;
    second = third;
    third = last;
  }
}

// G^T of four neighbouring planes
fn gathered(at: u32) -> Three {
  let next = params.quads;
  let b = products[at + next];
  let c = products[at + 2 * next];
  let half = 0.5 * (b + c);
  return Three(products[at] + half, 0.5 * (b - c), half + products[at + 3 * next]);
}

fn store_taps(at: u32, v: Three) {
  result[at] = v.a;
  result[at + params.columns] = v.b;
  result[at + 2 * params.columns] = v.c;
}

@compute @workgroup_size(64)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 64;
  if (index >= params.quads) { return; }
  var first: Three; var second: Three; var third: Three; var fourth: Three;
  for (var plane = index; plane < index + 16 * params.quads; plane += 4 * params.quads) {
    first = second;
    second = third;
    third = fourth;
    fourth = gathered(plane);
  }
  let half = Three(0.5 * (second.a + third.a), 0.5 * (second.b + third.b), 0.5 * (second.c + third.c));
  let row = index / params.columns;
  let at = row * 9 * params.columns + index - row * params.columns;
  first = Three(first.a + half.a, first.b + half.b, first.c + half.c);
  second = Three(0.5 * (second.a - third.a), 0.5 * (second.b - third.b), 0.5 * (second.c - third.c));
  third = Three(half.a + fourth.a, half.b + fourth.b, half.c + fourth.c);
  for (var to = at; to < at + 9 * params.columns; to += 3 * params.columns) {
    store_taps(to, first);
    first = second;
    second = third;
  }
}
