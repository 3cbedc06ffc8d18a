// y[i] = apply(a[i], b[i]), four elements an invocation.
//
// The includer has the aliases Operand and Result, four elements each, and `fn apply(p: Operand, q: Operand) -> Result`. y is dense. MODE says
// what the operands are:
//
//   0  stored like y
//   1  strided: the elements of y, in the order of its memory, are counted by four nested loops, and each operand has a stride for each of
//      them, 0 where it is repeated
//   2  b is a number, given by its bits, and a is stored like y
//   3  a is a number
//
// Workgroups: x * y = elements / 256, as a grid where there are more than 65,535.

struct Params {
  quads: u32,        // ceil(elements / 4)
  elements: u32,
  number: u32,
  rows: u32,         // 1 if the innermost loop counts whole quads, which each operand has side by side or repeats
  offset: vec2u,     // of the first element of a, of b
  size: vec4u,       // of the loops, innermost last
  a_stride: vec4u,
  b_stride: vec4u,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Operand>;
@group(0) @binding(2) var<storage, read> b: array<Operand>;
@group(0) @binding(3) var<storage, read_write> y: array<Result>;

override OP: u32 = 0;
override MODE: u32 = 0;

// Where an element is in a and in b.
fn places(element: u32) -> vec2u {
  let q3 = element / params.size.w;
  let q2 = q3 / params.size.z;
  let q1 = q2 / params.size.y;
  let at = vec4u(q1, q2 - q1 * params.size.y, q3 - q2 * params.size.z, element - q3 * params.size.w);
  let from_a = at * params.a_stride;
  let from_b = at * params.b_stride;
  return params.offset + vec2u(from_a.x + from_a.y + from_a.z + from_a.w, from_b.x + from_b.y + from_b.z + from_b.w);
}

fn strided(i: u32) -> Result {
  let first = places(4 * i);
  if (params.rows == 1u) {
    var p = a[first.x / 4];
    var q = b[first.y / 4];
    if (params.a_stride.w == 0u) { p = Operand(p[first.x % 4]); }
    if (params.b_stride.w == 0u) { q = Operand(q[first.y % 4]); }
    return apply(p, q);
  }
  var p: Operand;
  var q: Operand;
  for (var j = 0u; j < 4; j++) {
    let at = places(min(4 * i + j, params.elements - 1));
    p[j] = a[at.x / 4][at.x % 4];
    q[j] = b[at.y / 4][at.y % 4];
  }
  return apply(p, q);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.quads) { return; }
  let number = bitcast<Operand>(vec4u(params.number));
  switch (MODE) {
    case 0u: { y[i] = apply(a[i], b[i]); }
    case 1u: { y[i] = strided(i); }
    case 2u: { y[i] = apply(a[i], number); }
    default: { y[i] = apply(number, a[i]); }
  }
}
