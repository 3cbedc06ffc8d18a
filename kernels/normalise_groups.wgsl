// Sums over groups of values, one element at a time; and statistics of unions.
//
//   merge: moments of several chunks to those of their union (Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983).
//
// Workgroups of `merge`: x * y = chunks * results / 64.

//#include "parts/normalise_groups.wgsl"
//#include "parts/lanes_scalar.wgsl"

fn store_moments(place: u32, near: f32, shift: f32, squares: f32, count: f32) {
  found[place] = concluded(vec4f(near, shift, squares, count));
}

fn store_sums(place: u32, plain: f32, slope: f32) {
  totals[place] = vec2f(plain, slope);
}

@compute @workgroup_size(64)
fn merge(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.results * params.chunks) { return; }
  let stride = params.results * params.chunks;
  let end = params.results * params.count;
  let near = statistics[i].x;
  var sum = 0.0;
  var count = 0.0;
  for (var k = i; k < end; k += stride) {
    let part = statistics[k];
    sum += part.w * ((part.x - near) + part.y);
    count += part.w;
  }
  let shift = sum / count;
  var squares = 0.0;
  for (var k = i; k < end; k += stride) {
    let part = statistics[k];
    let distance = ((part.x - near) - shift) + part.y;
    squares += part.z + part.w * distance * distance;
  }
  found[i] = concluded(vec4f(near, shift, squares, count));
}
