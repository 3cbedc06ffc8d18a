// What normalisation divides by. The includer has params.epsilon and params.invalid, which is NaN.

// 1 / sqrt(variance + epsilon). Drivers differ on the root of NaN, of infinity and of less than 0; and where squares overflow, nothing is right.
fn inverse_deviation(variance: f32) -> f32 {
  let sum = variance + params.epsilon;
  return select(params.invalid, 1 / sqrt(sum), sum > 0 && bitcast<u32>(sum) < 0x7f800000u);
}
