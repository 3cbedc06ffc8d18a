// What softmax and the cross-entropies share. The includer has x [row][class], params.classes and params.invalid, which is NaN.

fn magnitude_bits(v: f32) -> u32 {
  return bitcast<u32>(v) & 0x7fffffffu;
}

// log sum exp of a row as two terms, to be subtracted one after the other: its maximum and the logarithm of what is left.
fn log_sum_exp(row: u32) -> vec2f {
  let start = row * params.classes;
  var top = x[start];
  for (var c = 1u; c < params.classes; c++) {
    let value = x[start + c];
    if (value > top || magnitude_bits(value) > 0x7f800000u) { top = value; }
  }
  if (magnitude_bits(top) >= 0x7f800000u) { return vec2f(params.invalid); }
  var sum = 0.0;
  for (var c = 0u; c < params.classes; c++) { sum += exp(x[start + c] - top); }
  return vec2f(top, log(sum));
}

fn is_outside(label: i32) -> bool {
  return label < 0 || label >= i32(params.classes);
}
