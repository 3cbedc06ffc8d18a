// Products of four rows of A, which the lanes of a subgroup hold, with 4 x 4 values of B, which every lane has of its own four columns. `b`
// is B[k .. k+3][column .. column+3], column j of the matrix being k + j; a row's vec4 is its four values of k. The includer enables subgroups.

// One row of the result, plus four values of k of that row times those of B. A row is finished before the next one begins: its four
// columns then stay in registers, which more than all rows together do not.
fn row_of(c: vec4f, x: vec4f, b: mat4x4f) -> vec4f {
  return fma(vec4f(x.w), b[3], fma(vec4f(x.z), b[2], fma(vec4f(x.y), b[1], fma(vec4f(x.x), b[0], c))));
}

// Four rows, whose values are those of lanes 0 to 3.
fn low(c: mat4x4f, x: vec4f, b: mat4x4f) -> mat4x4f {
  return mat4x4f(
    row_of(c[0], subgroupBroadcast(x, 0u), b), row_of(c[1], subgroupBroadcast(x, 1u), b),
    row_of(c[2], subgroupBroadcast(x, 2u), b), row_of(c[3], subgroupBroadcast(x, 3u), b));
}

// The same of lanes 4 to 7.
fn high(c: mat4x4f, x: vec4f, b: mat4x4f) -> mat4x4f {
  return mat4x4f(
    row_of(c[0], subgroupBroadcast(x, 4u), b), row_of(c[1], subgroupBroadcast(x, 5u), b),
    row_of(c[2], subgroupBroadcast(x, 6u), b), row_of(c[3], subgroupBroadcast(x, 7u), b));
}

// Four rows at one k, whose values are those of lanes 0 to 3: the order that SwiftShader's register allocation likes better.
fn low_at(c: mat4x4f, x: f32, b: vec4f) -> mat4x4f {
  return mat4x4f(
    fma(vec4f(subgroupBroadcast(x, 0u)), b, c[0]), fma(vec4f(subgroupBroadcast(x, 1u)), b, c[1]),
    fma(vec4f(subgroupBroadcast(x, 2u)), b, c[2]), fma(vec4f(subgroupBroadcast(x, 3u)), b, c[3]));
}
