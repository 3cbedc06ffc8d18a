// Normalisation and its derivative, one element at a time.
alias Totals = vec2f;

//#include "parts/normalise.wgsl"
//#include "parts/lanes_scalar.wgsl"

fn totals_at(group: u32) -> Totals {
  return totals[group];
}

fn bias_at(parameter: u32) -> Value {
  return bias[parameter];
}
