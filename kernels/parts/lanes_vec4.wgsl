// What normalisation reads for a Value of four elements, neighbours in memory. The includer has statistics, weight, and params.lane: the steps
// between neighbours, in groups and in weights.
alias Value = vec4f;
alias Statistics = mat4x4f;

fn statistics_at(group: u32) -> Statistics {
  let lane = params.lane.x;
  if (lane == 0) {
    let s = statistics[group];
    return Statistics(vec4f(s.x), vec4f(s.y), vec4f(s.z), vec4f(s.w));
  }
  return transpose(mat4x4f(statistics[group], statistics[group + lane], statistics[group + 2 * lane], statistics[group + 3 * lane]));
}

fn weight_at(parameter: u32) -> Value {
  let lane = params.lane.y;
  return vec4f(weight[parameter], weight[parameter + lane], weight[parameter + 2 * lane], weight[parameter + 3 * lane]);
}
