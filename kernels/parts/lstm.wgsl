// Long short-term memory (Hochreiter and Schmidhuber, 1997; Gers et al., 2000), PyTorch's gates in PyTorch's order:
//
//   i, f, o = logistic(projected + product), g = tanh(projected + product)
//   cell = f * cell before + i * g
//   hidden = o * tanh(cell)
//
// Saved: i, f, g, o. The inputs' and the product's side of the gates have the same gradient: there is no d_projected.

const GATES = 4u;

fn cell_forward(place: Place, row: u32) {
  let at = gate_index(place.time, row, 0, place.quad);
  let stride = params.quads;
  let i = logistic(sums[at] + projected[at]);
  let f = logistic(sums[at + stride] + projected[at + stride]);
  let g = hyperbolic_tangent(sums[at + 2 * stride] + projected[at + 2 * stride]);
  let o = logistic(sums[at + 3 * stride] + projected[at + 3 * stride]);
  let cell = fma(f, moving[state_index(1, place.before, row, place.quad)], i * g);
  sums[at] = i;
  sums[at + stride] = f;
  sums[at + 2 * stride] = g;
  sums[at + 3 * stride] = o;
  moving[state_index(1, place.after, row, place.quad)] = cell;
  moving[state_index(0, place.after, row, place.quad)] = o * hyperbolic_tangent(cell);
}

fn cell_backward(place: Place, row: u32) {
  let at = gate_index(place.time, row, 0, place.quad);
  let stride = params.quads;
  let i = gates[at];
  let f = gates[at + stride];
  let g = gates[at + 2 * stride];
  let o = gates[at + 3 * stride];
  let shown = hyperbolic_tangent(states[state_index(1, place.after, row, place.quad)]);
  let hidden_carry = carry_index(0, row, place.quad);
  let cell_carry = carry_index(1, row, place.quad);
  let d_hidden = sums[hidden_carry];
  let d_cell = fma(d_hidden * o, 1 - shown * shown, sums[cell_carry]);
  moving[at] = d_cell * g * i * (1 - i);
  moving[at + stride] = d_cell * states[state_index(1, place.before, row, place.quad)] * f * (1 - f);
  moving[at + 2 * stride] = d_cell * i * (1 - g * g);
  moving[at + 3 * stride] = d_hidden * shown * o * (1 - o);
  sums[hidden_carry] = vec4f();
  sums[cell_carry] = d_cell * f;
}

fn cell_rests(place: Place, row: u32) {
  let at = gate_index(place.time, row, 0, place.quad);
  for (var gate = 0u; gate < GATES; gate++) { moving[at + gate * params.quads] = vec4f(); }
}
