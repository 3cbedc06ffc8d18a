// Rows in the order of the group they belong to, in blocks of `rows` that hold rows of one group only; a group's last block may be partly empty. Out of the
// pairs (group, row) in order of the groups, those of no group last. No group has a place of its own in memory, so the blocks are as many as the
// rows need, whatever groups they are in.
//
//   starts:  where in the list of pairs each group begins; behind the last group, where those of no group begin
//   firsts:  the first block of each group; behind the last group, the number of blocks in use
//   slots:   for every block its group; for every place in a block the row that is there, and the source, one for `each` rows, of that row;
//            for every row its place, or -1
//
// Workgroups: x * y = elements / 64.

struct Params {
  elements: u32,   // groups + 1; for slots the places in all blocks, no fewer than pairs
  groups: u32,
  pairs: u32,
  rows: u32,       // of a block
  each: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sorted: array<vec2u>;
@group(0) @binding(2) var<storage, read> start: array<u32>;
@group(0) @binding(3) var<storage, read> first: array<u32>;
@group(0) @binding(4) var<storage, read_write> start_of: array<u32>;
@group(0) @binding(5) var<storage, read_write> first_of: array<u32>;
@group(0) @binding(6) var<storage, read_write> group_of: array<u32>;    // [block]
@group(0) @binding(7) var<storage, read_write> row_at: array<i32>;      // [block][place], `pairs` where there is none
@group(0) @binding(8) var<storage, read_write> source_at: array<i32>;   // [block][place], `pairs / each` where there is none
@group(0) @binding(9) var<storage, read_write> place_of: array<i32>;    // [row]

const NONE = 0xffffffffu;

@compute @workgroup_size(64)
fn starts(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let g = id.x + id.y * groups.x * 64;
  if (g >= params.elements) { return; }
  var low = 0u;
  var high = params.pairs;
  while (low < high) {
    let middle = (low + high) / 2;
    if (sorted[middle].x < g) { low = middle + 1; } else { high = middle; }
  }
  start_of[g] = low;
}

@compute @workgroup_size(64)
fn firsts(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let g = id.x + id.y * groups.x * 64;
  if (g >= params.elements) { return; }
  var blocks = 0u;
  for (var h = 0u; h < g; h++) { blocks += (start[h + 1] - start[h] + params.rows - 1) / params.rows; }
  first_of[g] = blocks;
}

@compute @workgroup_size(64)
fn slots(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let slot = id.x + id.y * groups.x * 64;
  if (slot >= params.elements) { return; }
  // Of the pairs of no group, each is told so by the invocation with its number.
  if (slot >= start[params.groups] && slot < params.pairs) { place_of[sorted[slot].y] = -1; }
  let here = slot / params.rows;
  // The last group that begins no later: groups without rows begin where the next one does.
  var low = 0u;
  var high = params.groups;
  while (low < high) {
    let middle = (low + high) / 2;
    if (first[middle + 1] <= here) { low = middle + 1; } else { high = middle; }
  }
  let is_used = low < params.groups;
  if (slot == here * params.rows) { group_of[here] = select(NONE, low, is_used); }
  var row = params.pairs;
  if (is_used) {
    let at = start[low] + slot - first[low] * params.rows;
    if (at < start[low + 1]) {
      row = sorted[at].y;
      place_of[row] = i32(slot);
    }
  }
  row_at[slot] = i32(row);
  source_at[slot] = i32(row / params.each);
}
