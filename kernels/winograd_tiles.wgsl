// Winograd's F(2x2, 3x3): a 3x3 convolution with stride 1 by 16 products for every 2x2 pixels of its result, where the definition takes 36. Source:
// Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016. Images are [image][y][x][channel], channels in fours.
//
// A tile d of 4x4 pixels, the next one 2 further on, meets weights g as A^T ((G g G^T) * (B^T d B)) A, with
//
//         1  0 -1  0             1   0   0
//   B^T = 0  1  1  0       G =  1/2 1/2 1/2       A^T = 1  1  1  0
//         0 -1  1  0            1/2-1/2 1/2             0  1 -1 -1
//         0  1  0 -1             0   0   1
//
// The 16 values of a transformed tile are planes of [tile][channel]; the products are matrix products of the planes.
//
//   main:      values = B^T d B, d from a padded image of at least 2 tiles + 2 rows and columns
//   results:   image = f(A^T values A + bias), f an activation
//   gradients: values = A d A^T, d the 2x2 pixels of a tile of the result's gradient
//
// Images of odd height or width end inside the last tile. The planes hold `images` images from `first` on.
//
// Workgroups: x = tiles in a row * channels / 4 / 64, y = rows of tiles, z = images.

//#include "parts/activated.wgsl"

struct Params {
  channels: u32,                // in fours
  height: u32, width: u32,      // of the image
  rows: u32, columns: u32,      // of tiles
  first: u32,                   // image
  plane: u32,                   // values in a plane, in fours
  has_bias: u32,
  activation: u32,              // see activated
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> image: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(1) var<storage, read> products: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;

// Where an invocation works: its tile, its four channels; `inside` is false behind the last.
struct Place { inside: bool, column: u32, channel: u32, value: u32, pixel: u32 }

fn place_of(id: vec3u) -> Place {
  let column = id.x / params.channels;
  let channel = id.x - column * params.channels;
  let value = ((id.z * params.rows + id.y) * params.columns + column) * params.channels + channel;
  let pixel = (((params.first + id.z) * params.height + 2 * id.y) * params.width + 2 * column) * params.channels + channel;
  return Place(column < params.columns, column, channel, value, pixel);
}

struct Four { a: vec4f, b: vec4f, c: vec4f, d: vec4f }
struct Two { a: vec4f, b: vec4f }

fn store_four(at: u32, v: Four) {
  let next = params.plane;
  values[at] = v.a;
  values[at + next] = v.b;
  values[at + 2 * next] = v.c;
  values[at + 3 * next] = v.d;
}

fn load_row(at: u32) -> Four {
  let next = params.channels;
  return Four(image[at], image[at + next], image[at + 2 * next], image[at + 3 * next]);
}

// B^T v
fn spread_out(v: Four) -> Four {
  return Four(v.a - v.c, v.b + v.c, v.c - v.b, v.b - v.d);
}

fn difference(v: Four, w: Four) -> Four {
  return Four(v.a - w.a, v.b - w.b, v.c - w.c, v.d - w.d);
}

fn total(v: Four, w: Four) -> Four {
  return Four(v.a + w.a, v.b + w.b, v.c + w.c, v.d + w.d);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let place = place_of(id);
  if (!place.inside) { return; }
  let down = params.width * params.channels;
  let first = load_row(place.pixel);
  let second = load_row(place.pixel + down);
  let third = load_row(place.pixel + 2 * down);
  let fourth = load_row(place.pixel + 3 * down);
  let next = 4 * params.plane;
  store_four(place.value, spread_out(difference(first, third)));
  store_four(place.value + next, spread_out(total(second, third)));
  store_four(place.value + 2 * next, spread_out(difference(third, second)));
  store_four(place.value + 3 * next, spread_out(difference(second, fourth)));
}

// A^T of four neighbouring planes
fn gathered(at: u32) -> Two {
  let next = params.plane;
  let b = products[at + next];
  let c = products[at + 2 * next];
  return Two(products[at] + b + c, b - c - products[at + 3 * next]);
}

@compute @workgroup_size(64)
fn results(@builtin(global_invocation_id) id: vec3u) {
  let place = place_of(id);
  if (!place.inside) { return; }
  let next = 4 * params.plane;
  let first = gathered(place.value);
  let second = gathered(place.value + next);
  let third = gathered(place.value + 2 * next);
  let fourth = gathered(place.value + 3 * next);
  var extra = vec4f();
  if (params.has_bias != 0u) { extra = bias[place.channel]; }
  var pixels = mat4x4f(
    first.a + second.a + third.a + extra, first.b + second.b + third.b + extra,
    second.a - third.a - fourth.a + extra, second.b - third.b - fourth.b + extra);
  if (params.activation != 0u) {
    // The pixels go round, so that the activation is compiled once.
    for (var i = 0u; i < 4; i++) { pixels = mat4x4f(pixels[1], pixels[2], pixels[3], activated(params.activation, pixels[0])); }
  }
  let right = 2 * place.column + 1 < params.width;
  let down = params.width * params.channels;
  result[place.pixel] = pixels[0];
  if (right) { result[place.pixel + params.channels] = pixels[1]; }
  if (2 * id.y + 1 < params.height) {
    result[place.pixel + down] = pixels[2];
    if (right) { result[place.pixel + down + params.channels] = pixels[3]; }
  }
}

// A v
fn scattered(a: vec4f, b: vec4f) -> Four {
  return Four(a, a + b, a - b, -b);
}

@compute @workgroup_size(64)
fn gradients(@builtin(global_invocation_id) id: vec3u) {
  let place = place_of(id);
  if (!place.inside) { return; }
  let right = 2 * place.column + 1 < params.width;
  let down = params.width * params.channels;
  var p = Two(image[place.pixel], vec4f());
  var q = Two();
  if (right) { p.b = image[place.pixel + params.channels]; }
  if (2 * id.y + 1 < params.height) {
    q.a = image[place.pixel + down];
    if (right) { q.b = image[place.pixel + down + params.channels]; }
  }
  let next = 4 * params.plane;
  store_four(place.value, scattered(p.a, p.b));
  store_four(place.value + next, scattered(p.a + q.a, p.b + q.b));
  store_four(place.value + 2 * next, scattered(p.a - q.a, p.b - q.b));
  store_four(place.value + 3 * next, scattered(-q.a, -q.b));
}
