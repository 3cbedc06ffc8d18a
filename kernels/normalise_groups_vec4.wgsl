// Sums over groups of values, four neighbours at a time: of four results, or of one.

//#include "parts/normalise_groups.wgsl"
//#include "parts/lanes_vec4.wgsl"

fn store_moments(place: u32, near: vec4f, shift: vec4f, squares: vec4f, count: f32) {
  let lane = params.lane.z;
  if (lane == 0) {
    let means = (near - near.x) + shift;
    let mean = 0.25 * dot(means, vec4f(1));
    let distance = means - mean;
    found[place] = concluded(vec4f(near.x, mean, dot(squares, vec4f(1)) + count * dot(distance, distance), 4 * count));
    return;
  }
  let four = transpose(mat4x4f(near, shift, squares, vec4f(count)));
  found[place] = concluded(four[0]);
  found[place + lane] = concluded(four[1]);
  found[place + 2 * lane] = concluded(four[2]);
  found[place + 3 * lane] = concluded(four[3]);
}

fn store_sums(place: u32, plain: vec4f, slope: vec4f) {
  let lane = params.lane.z;
  if (lane == 0) {
    totals[place] = vec2f(dot(plain, vec4f(1)), dot(slope, vec4f(1)));
    return;
  }
  let four = transpose(mat2x4f(plain, slope));
  totals[place] = four[0];
  totals[place + lane] = four[1];
  totals[place + 2 * lane] = four[2];
  totals[place + 3 * lane] = four[3];
}
