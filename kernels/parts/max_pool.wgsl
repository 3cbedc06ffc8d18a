// Maximum over windows of an image stored channels last, [image][y][x][channel], and its two linear companions.
//
//   main:    y = maximum of the window, choice = its index in x (the first of equals; a NaN wins); with relu, a window whose maximum is not
//            above 0 gives 0 and chooses nothing
//   scatter: y = sum of x over the windows that chose this element, gathered so that no two invocations write one place
//   spread:  the same where windows neither overlap nor have gaps, one window an invocation; y is zero before
//   pick:    y = x at the chosen indices, 0 where there is none (the derivative of scatter)
//
// Workgroups: x = columns * channels / 64 (channels in units of LANES), y = rows, z = images: of the result, in spread of the windows.

struct Params {
  channels: u32,                        // in units of LANES
  height: u32, width: u32,              // of the image
  out_height: u32, out_width: u32,      // of the windows
  extent: vec2u,                        // from a window's first row and column to its last
  stride: vec2u, pad: vec2u,
  dilation: vec2u,                      // from one tap of a window to the next
  relu: u32,                            // 1: of the maximum
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>;
@group(0) @binding(2) var<storage, read_write> y: array<Value>;
@group(0) @binding(3) var<storage, read_write> choice: array<Index>;
@group(0) @binding(3) var<storage, read> chosen: array<Index>;
@group(0) @binding(1) var<storage, read> elements: array<f32>;

const NONE = 0xffffffffu;

fn is_nan(v: Value) -> Condition {
  return (bitcast<Index>(v) & Index(0x7fffffffu)) > Index(0x7f800000u);
}

// The part of a window that lies inside the image: taps from begin to before end, as (y, x).
struct Window { begin: vec2u, end: vec2u }

fn window_at(row: u32, column: u32) -> Window {
  let top = vec2i(vec2u(row, column) * params.stride) - vec2i(params.pad);
  // The first taps that lie inside.
  var begin = top;
  while (begin.x < 0) { begin.x += i32(params.dilation.x); }
  while (begin.y < 0) { begin.y += i32(params.dilation.y); }
  return Window(vec2u(begin), min(vec2u(top + vec2i(params.extent)), vec2u(params.height, params.width)));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x / params.channels;
  if (column >= params.out_width) { return; }
  let channel = id.x - column * params.channels;
  let w = window_at(id.y, column);
  var best = Value();
  var at = Index(NONE);
  for (var iy = w.begin.x; iy < w.end.x; iy += params.dilation.x) {
    for (var ix = w.begin.y; ix < w.end.y; ix += params.dilation.y) {
      let place = ((id.z * params.height + iy) * params.width + ix) * params.channels + channel;
      let value = x[place];
      let better = (at == Index(NONE)) | (value > best) | (is_nan(value) & !is_nan(best));
      best = select(best, value, better);
      at = select(at, element_indices(place), better);
    }
  }
  if (params.relu != 0u) {
    let nothing = best <= Value();
    at = select(at, Index(NONE), nothing);
    best = select(best, Value(), nothing);
  }
  let window = ((id.z * params.out_height + id.y) * params.out_width + column) * params.channels + channel;
  y[window] = best;
  choice[window] = at;
}

@compute @workgroup_size(64)
fn scatter(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x / params.channels;
  if (column >= params.width) { return; }
  let channel = id.x - column * params.channels;
  let own = ((id.z * params.height + id.y) * params.width + column) * params.channels + channel;
  let place = vec2u(id.y, column) + params.pad;
  // Windows o with o * stride <= place < o * stride + extent, from the last one down.
  let last = min(place / params.stride, vec2u(params.out_height, params.out_width) - 1);
  var sum = Value();
  for (var oy = last.x; oy != NONE && oy * params.stride.x + params.extent.x > place.x; oy--) {
    for (var ox = last.y; ox != NONE && ox * params.stride.y + params.extent.y > place.y; ox--) {
      let window = ((id.z * params.out_height + oy) * params.out_width + ox) * params.channels + channel;
      sum += select(Value(), x[window], chosen[window] == element_indices(own));
    }
  }
  y[own] = sum;
}

@compute @workgroup_size(64)
fn spread(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x / params.channels;
  if (column >= params.out_width) { return; }
  let channel = id.x - column * params.channels;
  let window = ((id.z * params.out_height + id.y) * params.out_width + column) * params.channels + channel;
  let value = x[window];
  let at = chosen[window];
  let w = window_at(id.y, column);
  for (var iy = w.begin.x; iy < w.end.x; iy++) {
    for (var ix = w.begin.y; ix < w.end.y; ix++) {
      let place = ((id.z * params.height + iy) * params.width + ix) * params.channels + channel;
      y[place] = select(Value(), value, at == element_indices(place));
    }
  }
}

@compute @workgroup_size(64)
fn pick(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.out_width * params.channels) { return; }
  let window = (id.z * params.out_height + id.y) * params.out_width * params.channels + id.x;
  let at = chosen[window];
  let none = at == Index(NONE);
  y[window] = select(gathered(select(at, Index(), none)), Value(), none);
}
