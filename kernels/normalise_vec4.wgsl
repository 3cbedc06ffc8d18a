// Normalisation and its derivative, four neighbours at a time.
alias Totals = mat2x4f;

//#include "parts/normalise.wgsl"
//#include "parts/lanes_vec4.wgsl"

fn totals_at(group: u32) -> Totals {
  let lane = params.lane.x;
  return transpose(mat4x2f(totals[group], totals[group + lane], totals[group + 2 * lane], totals[group + 3 * lane]));
}

fn bias_at(parameter: u32) -> Value {
  let lane = params.lane.y;
  return vec4f(bias[parameter], bias[parameter + lane], bias[parameter + 2 * lane], bias[parameter + 3 * lane]);
}
