// What normalisation reads for a Value of one element. The includer has statistics, and weight.
alias Value = f32;
alias Statistics = vec4f;

fn statistics_at(group: u32) -> Statistics {
  return statistics[group];
}

fn weight_at(parameter: u32) -> Value {
  return weight[parameter];
}
