// Mean over windows of an image stored channels last, [image][y][x][channel], and its derivative; both are linear, each is the other's
// derivative.
//
//   main:   y = sum of x over the window's part inside the image / what the window counts
//   spread: y = sum of x / what the window counts, over the windows that hold this element
//
// A window counts its elements inside the image and a margin around it: the padding, or nothing. An adaptive one counts all its elements:
// along an axis, window o of p reaches from floor(o size / p) to before ceil((o + 1) size / p).
//
// Workgroups: x = columns * channels / 64 (channels in units of LANES), y = rows, z = images: of the result.

struct Params {
  channels: u32,                        // in units of LANES
  height: u32, width: u32,              // of the image
  out_height: u32, out_width: u32,      // of the windows
  extent: vec2u, stride: vec2u, pad: vec2u, margin: vec2u,   // of a window: rows and columns
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>;
@group(0) @binding(2) var<storage, read_write> y: array<Value>;

override ADAPTIVE: u32 = 0;

// From begin to before end, as (y, x); it may reach past the image.
struct Window { begin: vec2i, end: vec2i }

fn window_at(row: u32, column: u32) -> Window {
  let o = vec2u(row, column);
  if (ADAPTIVE == 1u) {
    let size = vec2u(params.height, params.width);
    let count = vec2u(params.out_height, params.out_width);
    return Window(vec2i(o * size / count), vec2i(((o + 1) * size + count - 1) / count));
  }
  let begin = vec2i(o * params.stride) - vec2i(params.pad);
  return Window(begin, begin + vec2i(params.extent));
}

// The last window that begins at or before a place.
fn last_window(place: vec2u) -> vec2u {
  let count = vec2u(params.out_height, params.out_width);
  if (ADAPTIVE == 1u) {
    let size = vec2u(params.height, params.width);
    return ((place + 1) * count + size - 1) / size - 1;
  }
  return min((place + params.pad) / params.stride, count - 1);
}

fn counted(w: Window) -> f32 {
  let margin = vec2i(params.margin);
  let sides = min(w.end, vec2i(vec2u(params.height, params.width)) + margin) - max(w.begin, -margin);
  return f32(sides.x * sides.y);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x / params.channels;
  if (column >= params.out_width) { return; }
  let channel = id.x - column * params.channels;
  let w = window_at(id.y, column);
  let begin = vec2u(max(w.begin, vec2i()));
  let end = min(vec2u(w.end), vec2u(params.height, params.width));
  var sum = Value();
  for (var iy = begin.x; iy < end.x; iy++) {
    for (var ix = begin.y; ix < end.y; ix++) {
      sum += x[((id.z * params.height + iy) * params.width + ix) * params.channels + channel];
    }
  }
  y[((id.z * params.out_height + id.y) * params.out_width + column) * params.channels + channel] = sum / counted(w);
}

@compute @workgroup_size(64)
fn spread(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x / params.channels;
  if (column >= params.width) { return; }
  let channel = id.x - column * params.channels;
  let last = last_window(vec2u(id.y, column));
  var sum = Value();
  // Downwards; below 0 comes the largest number.
  for (var oy = last.x; oy <= last.x && window_at(oy, 0).end.x > i32(id.y); oy--) {
    for (var ox = last.y; ox <= last.y && window_at(oy, ox).end.y > i32(column); ox--) {
      sum += x[((id.z * params.out_height + oy) * params.out_width + ox) * params.channels + channel] / counted(window_at(oy, ox));
    }
  }
  y[((id.z * params.height + id.y) * params.width + column) * params.channels + channel] = sum;
}
