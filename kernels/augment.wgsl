// Images [n, channels, height, width], each moved by a random number of pixels and mirrored or not, by parts/philox.wgsl.
//
//   y[i, c, row, column] = x[i, c, row + down, from + right], 0 outside
//   from = column, or width - 1 - column where image i is mirrored, with probability 1/2 (if at all)
//   down and right are whole numbers from -padding to padding, each as likely as the others
//
// What befalls image i depends on key, stream and i alone.
//
// Workgroups: x * y = elements / 64.

struct Params {
  elements: u32,
  channels: u32,
  height: u32,
  width: u32,
  padding: u32,
  flip: u32,           // whether images are mirrored at all
  key: vec2u,          // the seed
  stream: vec2u,       // which sequence of this seed
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

//#include "parts/philox.wgsl"

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.elements) { return; }
  let column = i % params.width;
  let line = i / params.width;
  let row = line % params.height;
  let plane = line / params.height;
  let words = philox(vec4u(plane / params.channels, 0, params.stream), params.key);
  let span = 2 * params.padding + 1;
  let mirrored = params.flip != 0 && (words.z >> 31u) != 0;
  // Wraps below 0 to above the size.
  let source_row = row + words.x % span - params.padding;
  let source_column = select(column, params.width - 1 - column, mirrored) + words.y % span - params.padding;
  let inside = source_row < params.height && source_column < params.width;
  let source = (plane * params.height + min(source_row, params.height - 1)) * params.width + min(source_column, params.width - 1);
  y[i] = select(0.0, x[source], inside);
}
