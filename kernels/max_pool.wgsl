// Maximum over windows of an image stored channels last, [image][y][x][channel], and its two linear companions.
//
//   main:    y = maximum of the window, choice = its index in x (the first of equals; a NaN wins)
//   scatter: gx = sum of gy over the windows that chose this element, gathered so that no two invocations write one place
//   pick:    y = x at the chosen indices (the derivative of scatter)
//
// Workgroups: elements of the result / 64 (x), as a grid with y where there are more than 65,535.

struct Params {
  images: u32, channels: u32,
  height: u32, width: u32,              // of x
  out_height: u32, out_width: u32,      // of y
  kernel: vec2u, stride: vec2u,
  pad: vec2u,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> choice: array<u32>;
@group(0) @binding(3) var<storage, read> chosen: array<u32>;

struct Cell { image: u32, y: u32, x: u32, channel: u32 }

fn cell_at(index: u32, height: u32, width: u32) -> Cell {
  let pixel = index / params.channels;
  let row = pixel / width;
  let image = row / height;
  return Cell(image, row - image * height, pixel - row * width, index - pixel * params.channels);
}

fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.images * params.out_height * params.out_width * params.channels) { return; }
  let cell = cell_at(i, params.out_height, params.out_width);
  let top = vec2i(vec2u(cell.y, cell.x) * params.stride) - vec2i(params.pad);
  let begin = vec2u(max(top, vec2i()));
  let end = min(vec2u(top + vec2i(params.kernel)), vec2u(params.height, params.width));
  var best = 0.0;
  var at = 0xffffffffu;
  for (var iy = begin.x; iy < end.x; iy++) {
    for (var ix = begin.y; ix < end.y; ix++) {
      let index = ((cell.image * params.height + iy) * params.width + ix) * params.channels + cell.channel;
      let value = x[index];
      if (at == 0xffffffffu || value > best || (is_nan(value) && !is_nan(best))) { best = value; at = index; }
    }
  }
  y[i] = best;
  choice[i] = at;
}

@compute @workgroup_size(64)
fn scatter(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= params.images * params.height * params.width * params.channels) { return; }
  let cell = cell_at(i, params.height, params.width);
  let place = vec2u(cell.y, cell.x) + params.pad;
  // Windows o with o * stride <= place < o * stride + kernel.
  let first = select((place - params.kernel) / params.stride + 1, vec2u(), place < params.kernel);
  let last = min(place / params.stride, vec2u(params.out_height, params.out_width) - 1);
  var sum = 0.0;
  for (var oy = first.x; oy <= last.x; oy++) {
    for (var ox = first.y; ox <= last.y; ox++) {
      let window = ((cell.image * params.out_height + oy) * params.out_width + ox) * params.channels + cell.channel;
      if (chosen[window] == i) { sum += x[window]; }
    }
  }
  y[i] = sum;
}

@compute @workgroup_size(64)
fn pick(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i < params.images * params.out_height * params.out_width * params.channels) { y[i] = x[chosen[i]]; }
}
