// SGD on the k largest gradients of the arena by magnitude, exactly k, with nothing read back: a radix select.
//
//   histogram: counts the elements by one digit of 8 bits, among those that have the digits of the k-th largest in all passes before
//   pick:      this digit of the k-th largest, from the highest down; leaves an empty histogram
//   update:    elements from the k-th largest up take a step of SGD, the others keep their bits
//
// Elements are ordered by two words: the bits of |g|, then the index counted from the end. So no two are equal, and of equal magnitudes
// the lowest index is the largest. Four passes find the first word of the k-th largest, as many as an index has bytes the second. By its
// bits a NaN is larger than infinity, and infinity than every number. Counts are integers, so the order of the atomics does not matter.
//
// The arena comes in rows of 64 elements, of which the first used[row] are parameters: padding is neither counted nor touched. Gradients and
// parameters may be a part of the arena, from row `first` on; histogram and update then go over all parts, pick over none.
//
// Workgroups: x * y = rows / 64 (histogram), 1 (pick), rows / 4 (update).

struct Params {
  rows: u32,
  first: u32,
  last: u32,           // index of the last element of the arena
  word: u32,           // 0: |g|; 1: the index from the end
  shift: u32,          // of the digit in the word
  known: u32,          // bits of the word that are known from the passes before
  wanted: u32,         // k
  rate: f32,
  weight_decay: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4u>;
@group(0) @binding(2) var<storage, read> used: array<u32>;
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> totals: array<u32>;
@group(0) @binding(4) var<storage, read> kth: array<u32>;                   // its two words, as far as they are known
@group(0) @binding(4) var<storage, read_write> found: array<u32>;           // those, and how many are wanted among the elements still alike
@group(0) @binding(5) var<storage, read_write> parameter: array<vec4f>;

//#include "parts/sgd.wgsl"

const DIGITS = 256u;
const QUADS = 16u;        // an invocation of histogram

fn indices(quad: u32) -> vec4u {
  return params.first * 64 + quad * 4 + vec4u(0, 1, 2, 3);
}

fn from_end(index: vec4u) -> vec4u {
  return vec4u(params.last) - index;
}

fn is_parameter(index: vec4u) -> vec4<bool> {
  return (index & vec4u(63)) < vec4u(used[index.x / 64]);
}

var<workgroup> own: array<atomic<u32>, 256>;   // begins with zeros

@compute @workgroup_size(64)
fn histogram(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.x + group.y * groups.x) * QUADS * 64 + lane;
  for (var j = 0u; j < QUADS; j++) {
    let quad = first + j * 64;
    if (quad < params.rows * 16) {
      let index = indices(quad);
      let magnitude = gradient[quad] & vec4u(0x7fffffffu);
      let is_second = params.word == 1;
      let word = select(magnitude, from_end(index), is_second);
      let alike = ((word ^ vec4u(kth[params.word])) & vec4u(params.known)) == vec4u();
      let counted = is_parameter(index) & alike & (vec4<bool>(!is_second) | (magnitude == vec4u(kth[0])));
      let digit = (word >> vec4u(params.shift)) & vec4u(DIGITS - 1);
      for (var c = 0u; c < 4; c++) {
        if (counted[c]) { atomicAdd(&own[digit[c]], 1u); }
      }
    }
  }
  workgroupBarrier();
  for (var bin = lane; bin < DIGITS; bin += 64u) {
    let count = atomicLoad(&own[bin]);
    if (count > 0) { atomicAdd(&counts[bin], count); }
  }
}

var<workgroup> bins: array<u32, 256>;

@compute @workgroup_size(256)
fn pick(@builtin(local_invocation_index) digit: u32) {
  let count = totals[digit];
  totals[digit] = 0;
  bins[digit] = count;
  let is_first = params.word == 0 && params.known == 0;
  let wanted = select(found[2], params.wanted, is_first);
  workgroupBarrier();
  storageBarrier();
  var larger = 0u;
  for (var bin = digit + 1; bin < DIGITS; bin++) { larger += bins[bin]; }
  // True for one digit alone.
  if (larger < wanted && wanted <= larger + count) {
    found[params.word] = (found[params.word] & params.known) | (digit << params.shift);
    found[2] = wanted - larger;
  }
}

@compute @workgroup_size(64)
fn update(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let quad = id.x + id.y * groups.x * 64;
  if (quad >= params.rows * 16) { return; }
  let index = indices(quad);
  let g = gradient[quad];
  let magnitude = g & vec4u(0x7fffffffu);
  let chosen = is_parameter(index) & ((magnitude > vec4u(kth[0])) | ((magnitude == vec4u(kth[0])) & (from_end(index) >= vec4u(kth[1]))));
  let p = parameter[quad];
  parameter[quad] = select(p, descend(p, bitcast<vec4f>(g)), chosen);
}
