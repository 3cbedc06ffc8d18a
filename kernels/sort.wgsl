// Stable sort of lanes in steps: each step merges groups of `ways` sorted runs of every lane into one. The first step takes every value for a run.
//
//   first: pairs (key, place on the lane) of values, in runs of `ways`
//   merge: pairs, in runs `ways` times as long
//
// An entry finds its place in the merged run by counting the entries that stand before it: those of its own run are known, those of the others are
// found by binary search. Of equal keys the lower place comes first. Only the first `keep` entries of a run are written.
// Keys are unsigned numbers ordered as the values are: a NaN above all numbers, -0 equal to 0; DESCENDING turns the order round.
//
// Workgroups: x * y = elements / 64.

struct Params {
  elements: u32,   // lanes * count
  count: u32,      // entries of a lane
  run: u32,        // entries of a run; the last one of a lane may be shorter
  ways: u32,
  keep: u32,
  kept: u32,       // entries of a lane that are written
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read> pairs: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> y: array<vec2u>;

override TYPE: u32 = 0;         // of the values: 0 float32, 1 int32, 2 uint32
override DESCENDING: u32 = 0;

fn ascending_key(bits: u32) -> u32 {
  switch (TYPE) {
    case 0u: {
      let magnitude = bits & 0x7fffffffu;
      if (magnitude > 0x7f800000u) { return 0xffffffffu; }
      // Negative numbers grow as their bits fall.
      return select(0x80000000u + magnitude, 0x80000000u - magnitude, bits > 0x7fffffffu);
    }
    case 1u: { return bits ^ 0x80000000u; }
    default: { return bits; }
  }
}

fn key_at(at: u32) -> u32 {
  let key = ascending_key(values[at]);
  return select(key, ~key, DESCENDING == 1u);
}

// Puts an entry at its place in the merged run.
fn settle(lane: u32, group: u32, rank: u32, pair: vec2u) {
  if (rank < params.keep) { y[lane * params.kept + group * min(params.run * params.ways, params.keep) + rank] = pair; }
}

@compute @workgroup_size(64)
fn first(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let e = id.x + id.y * groups.x * 64;
  if (e >= params.elements) { return; }
  let lane = e / params.count;
  let place = e - lane * params.count;
  let group = place / params.ways;
  let end = min(params.count, (group + 1u) * params.ways);
  let key = key_at(e);
  var rank = 0u;
  for (var other = group * params.ways; other < end; other++) {
    let against = key_at(lane * params.count + other);
    rank += select(0u, 1u, against < key || (against == key && other < place));
  }
  settle(lane, group, rank, vec2u(key, place));
}

@compute @workgroup_size(64)
fn merge(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let e = id.x + id.y * groups.x * 64;
  if (e >= params.elements) { return; }
  let lane = e / params.count;
  let at = e - lane * params.count;
  let own = at / params.run;
  let group = own / params.ways;
  let base = lane * params.count;
  let pair = pairs[e];
  var rank = at - own * params.run;
  for (var other = group * params.ways; other < (group + 1u) * params.ways && other * params.run < params.count; other++) {
    if (other == own) { continue; }
    let start = base + other * params.run;
    var low = start;
    var high = min(base + params.count, start + params.run);
    while (low < high) {
      let middle = (low + high) / 2u;
      let key = pairs[middle].x;
      if (key < pair.x || (key == pair.x && other < own)) { low = middle + 1u; } else { high = middle; }
    }
    rank += low - start;
  }
  settle(lane, group, rank, pair);
}
