// Gated recurrent unit (Cho et al., 2014), as PyTorch has it: the reset gate acts behind the recurrent product, its bias included.
//
//   r, z = logistic(projected + product)
//   n = tanh(projected + r * product)
//   hidden = n + z * (hidden before - n)
//
// Saved: r, z, the product that r scales, n.

const GATES = 3u;

@group(0) @binding(8) var<storage, read_write> d_projected: array<vec4f>;

fn cell_forward(place: Place, row: u32) {
  let at = gate_index(place.time, row, 0, place.quad);
  let input = projected_index(place.time, row, 0, place.quad);
  let stride = params.quads;
  let r = logistic(sums[at] + projected[input]);
  let z = logistic(sums[at + stride] + projected[input + stride]);
  let n = hyperbolic_tangent(fma(r, sums[at + 2 * stride], projected[input + 2 * stride]));
  let before = moving[state_index(0, place.before, row, place.quad)];
  sums[at] = r;
  sums[at + stride] = z;
  sums[at + 3 * stride] = n;
  moving[state_index(0, place.after, row, place.quad)] = fma(z, before, (1 - z) * n);
}

fn cell_backward(place: Place, row: u32) {
  let at = gate_index(place.time, row, 0, place.quad);
  let to = projected_index(place.time, row, 0, place.quad);
  let stride = params.quads;
  let r = gates[at];
  let z = gates[at + stride];
  let n = gates[at + 3 * stride];
  let carry = carry_index(0, row, place.quad);
  let d_hidden = sums[carry];
  let d_n = d_hidden * (1 - z) * (1 - n * n);
  let d_r = d_n * gates[at + 2 * stride] * r * (1 - r);
  let d_z = d_hidden * (states[state_index(0, place.before, row, place.quad)] - n) * z * (1 - z);
  d_projected[to] = d_r;
  d_projected[to + stride] = d_z;
  d_projected[to + 2 * stride] = d_n;
  moving[to] = d_r;
  moving[to + stride] = d_z;
  moving[to + 2 * stride] = d_n * r;
  sums[carry] = d_hidden * z;
}

fn cell_rests(place: Place, row: u32) {
  let to = projected_index(place.time, row, 0, place.quad);
  for (var gate = 0u; gate < GATES; gate++) {
    d_projected[to + gate * params.quads] = vec4f();
    moving[to + gate * params.quads] = vec4f();
  }
}
