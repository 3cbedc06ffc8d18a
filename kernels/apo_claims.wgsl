// APO's book-keeping of claims between steps. A claim is a word of `owner`: the task in the lower half, its age in epochs in the upper.
//
//   count_owners: counts[tensor * width + task], the number of elements by owner; 0 is nobody
//   grow_older:   at the end of an epoch each claim's age grows by one, up to 65,535; above `patience`, unless that is 0, it is given up
//   release:      all claims of one task are given up
//
// Workgroups: one for each block. For `count_owners` the group of a block is its tensor.

//#include "parts/apo_blocks.wgsl"

struct Params {
  first: u32,    // the blocks of this dispatch: of one chunk of the arena
  end: u32,
  width: u32,
  patience: u32,
  task: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> blocks: array<Block>;
@group(0) @binding(2) var<storage, read> owners: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> owner: array<vec4u>;

@compute @workgroup_size(64)
fn count_owners(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = params.first + group.x + group.y * groups.x;
  if (index >= params.end) { return; }
  let span = blocks[index];
  for (var element = lane * 4; element < span.size; element += 256u) {
    let holder = owners[(span.first + element) / 4] & vec4u(ID);
    for (var i = 0u; i < min(4u, span.size - element); i++) { atomicAdd(&counts[span.group * params.width + holder[i]], 1u); }
  }
}

@compute @workgroup_size(64)
fn grow_older(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = params.first + group.x + group.y * groups.x;
  if (index >= params.end) { return; }
  let span = blocks[index];
  for (var element = lane * 4; element < span.size; element += 256u) {
    let at = (span.first + element) / 4;
    let holder = owner[at] & vec4u(ID);
    let age = min((owner[at] >> vec4u(16)) + vec4u(1), vec4u(0xffffu));
    let given_up = (holder == vec4u()) | (vec4<bool>(params.patience > 0) & (age > vec4u(params.patience)));
    owner[at] = select((age << vec4u(16)) | holder, vec4u(), given_up);
  }
}

@compute @workgroup_size(64)
fn release(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = params.first + group.x + group.y * groups.x;
  if (index >= params.end) { return; }
  let span = blocks[index];
  for (var element = lane * 4; element < span.size; element += 256u) {
    let at = (span.first + element) / 4;
    owner[at] = select(owner[at], vec4u(), (owner[at] & vec4u(ID)) == vec4u(params.task));
  }
}
