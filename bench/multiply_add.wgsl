// Multiply-adds in registers, for the most that an adapter can do: 8 chains of vec4 in each invocation, x = factor x + term, `rounds` times 8.
// Result: the sum of the chains, which begin at 0, 1, ... 7 with a quarter more for each component. Factor and term come from memory, so that
// nothing can be computed beforehand.
//
// Workgroups: as many as wanted, in one row.

struct Params { rounds: u32, count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;   // factor, term
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let f = vec4f(x[0]);
  let t = vec4f(x[1]);
  let start = vec4f(0, 0.25, 0.5, 0.75);
  var a = start; var b = start + 1; var c = start + 2; var d = start + 3;
  var e = start + 4; var g = start + 5; var h = start + 6; var i = start + 7;
  for (var r = 0u; r < params.rounds; r++) {
    a = fma(a, f, t); b = fma(b, f, t); c = fma(c, f, t); d = fma(d, f, t); e = fma(e, f, t); g = fma(g, f, t); h = fma(h, f, t); i = fma(i, f, t);
    a = fma(a, f, t); b = fma(b, f, t); c = fma(c, f, t); d = fma(d, f, t); e = fma(e, f, t); g = fma(g, f, t); h = fma(h, f, t); i = fma(i, f, t);
    a = fma(a, f, t); b = fma(b, f, t); c = fma(c, f, t); d = fma(d, f, t); e = fma(e, f, t); g = fma(g, f, t); h = fma(h, f, t); i = fma(i, f, t);
    a = fma(a, f, t); b = fma(b, f, t); c = fma(c, f, t); d = fma(d, f, t); e = fma(e, f, t); g = fma(g, f, t); h = fma(h, f, t); i = fma(i, f, t);
    a = fma(a, f, t); b = fma(b, f, t); c = fma(c, f, t); d = fma(d, f, t); e = fma(e, f, t); g = fma(g, f, t); h = fma(h, f, t); i = fma(i, f, t);
    a = fma(a, f, t); b = fma(b, f, t); c = fma(c, f, t); d = fma(d, f, t); e = fma(e, f, t); g = fma(g, f, t); h = fma(h, f, t); i = fma(i, f, t);
    a = fma(a, f, t); b = fma(b, f, t); c = fma(c, f, t); d = fma(d, f, t); e = fma(e, f, t); g = fma(g, f, t); h = fma(h, f, t); i = fma(i, f, t);
    a = fma(a, f, t); b = fma(b, f, t); c = fma(c, f, t); d = fma(d, f, t); e = fma(e, f, t); g = fma(g, f, t); h = fma(h, f, t); i = fma(i, f, t);
  }
  if (id.x < params.count) { y[id.x] = a + b + c + d + e + g + h + i; }
}
