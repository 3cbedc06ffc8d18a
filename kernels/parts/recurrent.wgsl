// A layer of recurrent cells over a whole sequence, one direction. What differs between cells (how many gates, their formula) is in the
// cell's part; how products are computed is in the variant's. Everything is in units of four hidden units, and time comes first:
//
//   projected [time][row][gate][unit]      what the inputs give to the gates
//   weight    [gate][unit][unit before]    of the recurrent product, bias [gate][unit]
//   states    [plane][time + 1][row][unit] all states: the hidden ones, then the cell's own. Forwards, place t + 1 is the state after time t
//                                          and place 0 the initial one; in reverse, place t is the state after time t, the last one initial
//   gates     [time][row][4][unit]         what the derivative needs of each step
//   lengths   [row]                        where given, the state stays as it is from this time on: below 0 counts as 0
//
//   forward: for each step, gates = weight * hidden state + bias (the product), then the cell's formula: new state, gates.
//   backward: from the last place to the first. At each, the gradient of the state is what comes from outside (upstream), plus what the
//            step after it carried over, plus weight transposed * gradient of that step's gates (the product); then the cell's derivative:
//            gradient of the gates (d_hidden as the product's side of them, d_projected as the inputs'), and what to carry over. At the
//            first place the gradient of the initial state is left in `carry` [plane or product][row][unit].
//
// The product's operand is `moving` and its result `sums`: states and gates in forward, d_hidden and carry in backward.
//
// A workgroup computes 16 rows and, in turn, `blocks` blocks of units. If that is all units, it may compute many steps: a row depends on no
// other row. Else one step.
//
// Workgroups: x = units / (4 * QUADS * blocks), y = rows / 16.

struct Params {
  rows: u32,
  quads: u32,         // hidden units / 4
  time: u32,
  planes: u32,
  first: u32,         // forward: the first step; backward: how many places there are still to go, counted from the last one
  steps: u32,
  blocks: u32,
  reverse: u32,
  has_lengths: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> moving: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4f>;
@group(0) @binding(5) var<storage, read> projected: array<vec4f>;
@group(0) @binding(6) var<storage, read> bias: array<vec4f>;
@group(0) @binding(5) var<storage, read> upstream: array<vec4f>;
@group(0) @binding(6) var<storage, read> gates: array<vec4f>;
@group(0) @binding(7) var<storage, read> states: array<vec4f>;

// A product for 16 rows and this invocation's four columns.
struct Product {
  source: u32,        // moving[source + row * source_stride + k], k below a depth in units of four, which is apart: it is uniform
  source_stride: u32,
  weight: u32,        // where the columns' weights begin
  result: u32,        // sums[result + row * result_stride]
  result_stride: u32,
}

// Where and when an invocation computes.
struct Place {
  row: u32,           // the first of its rows
  quad: u32,
  time: u32,
  before: u32,        // places of the states
  after: u32,
}

fn place_at(row: u32, quad: u32, step: u32) -> Place {
  if (params.reverse == 1u) { return Place(row, quad, params.time - 1 - step, params.time - step, params.time - 1 - step); }
  return Place(row, quad, step, step, step + 1);
}

fn is_frozen(row: u32, time: u32) -> bool {
  return params.has_lengths == 1u && i32(time) >= lengths[row];
}

// Of a state or its gradient from outside.
fn state_index(plane: u32, place: u32, row: u32, quad: u32) -> u32 {
  return ((plane * (params.time + 1) + place) * params.rows + row) * params.quads + quad;
}

fn carry_index(plane: u32, row: u32, quad: u32) -> u32 {
  return (plane * params.rows + row) * params.quads + quad;
}

fn gate_index(time: u32, row: u32, gate: u32, quad: u32) -> u32 {
  return ((time * params.rows + row) * 4 + gate) * params.quads + quad;
}

// Of what is there for each of the cell's gates alone.
fn projected_index(time: u32, row: u32, gate: u32, quad: u32) -> u32 {
  return ((time * params.rows + row) * GATES + gate) * params.quads + quad;
}

fn step_forward(first_row: u32, quad: u32, step: u32, lane: u32) {
  let place = place_at(first_row, quad, step);
  for (var gate = 0u; gate < GATES; gate++) {
    let column = gate * params.quads + min(quad, params.quads - 1);
    multiply(Product(state_index(0, place.before, 0, 0), params.quads, column * 4 * params.quads, gate_index(place.time, 0, gate, quad), 4 * params.quads), params.quads, first_row, quad, lane, bias[column], true);
  }
  if (quad >= params.quads) { return; }
  for (var row = first_row; row < min(first_row + OWN_ROWS, params.rows); row++) {
    if (is_frozen(row, place.time)) {
      for (var plane = 0u; plane < params.planes; plane++) { moving[state_index(plane, place.after, row, quad)] = moving[state_index(plane, place.before, row, quad)]; }
    } else {
      cell_forward(place, row);
    }
  }
}

// The gradient of the state at the place that lies `left` steps from the first one.
fn step_backward(first_row: u32, quad: u32, left: u32, lane: u32) {
  let place = place_at(first_row, quad, max(left, 1) - 1);
  let here = select(place.after, place.before, left == 0);
  let next = select(here, here - 1, params.reverse == 1u);   // when the step after this place was
  let depth = select(GATES * params.quads, 0, left == params.time);
  multiply(Product(next * params.rows * GATES * params.quads, GATES * params.quads, min(quad, params.quads - 1), carry_index(params.planes, 0, quad), params.quads), depth, first_row, quad, lane, vec4f(), false);
  if (quad >= params.quads) { return; }
  for (var row = first_row; row < min(first_row + OWN_ROWS, params.rows); row++) {
    let hidden = carry_index(0, row, quad);
    sums[hidden] += upstream[state_index(0, here, row, quad)] + sums[carry_index(params.planes, row, quad)];
    for (var plane = 1u; plane < params.planes; plane++) { sums[carry_index(plane, row, quad)] += upstream[state_index(plane, here, row, quad)]; }
    if (left == 0) { continue; }
    if (is_frozen(row, place.time)) {
      cell_rests(place, row);
    } else {
      cell_backward(place, row);
    }
  }
}
