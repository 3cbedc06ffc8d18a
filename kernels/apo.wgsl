// One step of APO (Thakur et al., AISTATS 2025, Algorithm 1) over the whole parameter arena, in three dispatches:
//
//   accumulate: G = beta G + (1 - beta) g, and the moments of |G| over each block of a tensor
//   threshold:  tau = mean + k * standard deviation, for each tensor
//   update:     M = |G| > tau; where M holds,
//                 unclaimed or owned by this task:  theta -= rate * g, and the task owns it from now on
//                 owned by another task:            theta -= rate / damping * (g + 2 mu (theta - anchor))
//               elsewhere theta keeps its bits.
//
// The owner of a parameter (0: nobody, t + 1: task t) stands for the masks P and H^t of the paper: claims are exclusive and permanent.
// Moments are combined pairwise (Chan, Golub, LeVeque 1979) in an order that depends on the shapes alone. What is carried is the root of
// the squared deviations, scaled before squaring: the accumulator of an idle tensor decays to where squares would underflow.
//
// A block is up to 1,024 neighbouring elements of one tensor and the work of one workgroup, 16 elements an invocation.

struct Params {
  beta: f32,
  k: f32,
  correction: f32,       // the divisor of the variance is n - correction
  rate: f32,
  protected_rate: f32,   // rate / damping
  twice_mu: f32,
  task: u32,             // t + 1
  tasks: u32,
  blocks: u32,
  segments: u32,
}
struct Block { first: u32, size: u32, segment: u32, unused: u32 }        // first element, a multiple of 4
struct Segment { first_block: u32, blocks: u32, size: u32, exempt: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> blocks: array<Block>;
@group(0) @binding(2) var<storage, read> segments: array<Segment>;
@group(0) @binding(3) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> accumulator: array<vec4f>;
@group(0) @binding(4) var<storage, read> sensitivity: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> block_moments: array<Moments>;
@group(0) @binding(5) var<storage, read> moments: array<Moments>;
@group(0) @binding(6) var<storage, read_write> new_thresholds: array<f32>;
@group(0) @binding(6) var<storage, read> thresholds: array<f32>;
@group(0) @binding(5) var<storage, read> anchor: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> owner: array<vec4u>;
@group(0) @binding(8) var<storage, read> owners: array<vec4u>;
@group(0) @binding(6) var<storage, read_write> counts: array<atomic<u32>>;

override SIGNED: u32 = 0;   // 1: the mean and deviation of G itself, as the paper prints them

struct Moments { count: f32, mean: f32, spread: f32 }   // spread: root of the sum of squared deviations from the mean

// Euclidean norm that neither overflows nor underflows on the way.
fn norm(v: vec4f) -> f32 {
  let magnitude = abs(v);
  let top = max(max(magnitude.x, magnitude.y), max(magnitude.z, magnitude.w));
  if (top == 0) { return 0; }
  let scaled = v / top;
  return top * sqrt(dot(scaled, scaled));
}

fn combine(a: Moments, b: Moments) -> Moments {
  if (b.count == 0) { return a; }
  let count = a.count + b.count;
  let delta = b.mean - a.mean;
  let share = b.count / count;
  return Moments(count, a.mean + delta * share, norm(vec4f(a.spread, b.spread, delta * sqrt(a.count * share), 0)));
}

var<workgroup> tree: array<Moments, 64>;

// The total of all 64 invocations, in invocation 0.
fn combine_all(lane: u32, own: Moments) -> Moments {
  tree[lane] = own;
  for (var half = 32u; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { tree[lane] = combine(tree[lane], tree[lane + half]); }
  }
  workgroupBarrier();
  return tree[0];
}

// Which of the four elements from `element` on belong to a block of that size.
fn inside(element: u32, size: u32) -> vec4<bool> {
  return vec4u(element) + vec4u(0, 1, 2, 3) < vec4u(size);
}

fn statistic(v: vec4f) -> vec4f {
  if (SIGNED == 1u) { return v; }
  return abs(v);
}

@compute @workgroup_size(64)
fn accumulate(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.x + group.y * groups.x;
  if (index >= params.blocks) { return; }
  let span = blocks[index];
  var values: array<vec4f, 4>;
  var count = 0.0;
  var sum = 0.0;
  for (var j = 0u; j < 4; j++) {
    let element = (lane + j * 64) * 4;
    if (element < span.size) {
      let at = (span.first + element) / 4;
      let g = params.beta * accumulator[at] + (1 - params.beta) * gradient[at];
      let valid = inside(element, span.size);
      accumulator[at] = select(vec4f(), g, valid);
      values[j] = statistic(g);
      count += dot(select(vec4f(), vec4f(1), valid), vec4f(1));
      sum += dot(select(vec4f(), values[j], valid), vec4f(1));
    }
  }
  var own = Moments(count, 0, 0);
  if (count > 0) {
    own.mean = sum / count;
    var spreads: vec4f;
    for (var j = 0u; j < 4; j++) { spreads[j] = norm(select(vec4f(), values[j] - own.mean, inside((lane + j * 64) * 4, span.size))); }
    own.spread = norm(spreads);
  }
  let total = combine_all(lane, own);
  if (lane == 0) { block_moments[index] = total; }
}

@compute @workgroup_size(64)
fn threshold(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.x + group.y * groups.x;
  if (index >= params.segments) { return; }
  let segment = segments[index];
  var own = Moments(0, 0, 0);
  for (var i = lane; i < segment.blocks; i += 64u) { own = combine(own, moments[segment.first_block + i]); }
  let total = combine_all(lane, own);
  if (lane == 0) {
    new_thresholds[index] = total.mean + params.k * total.spread / sqrt(total.count - params.correction);
  }
}

@compute @workgroup_size(64)
fn update(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.x + group.y * groups.x;
  if (index >= params.blocks) { return; }
  let span = blocks[index];
  let exempt = segments[span.segment].exempt == 1u;
  let tau = vec4f(thresholds[span.segment]);
  for (var j = 0u; j < 4; j++) {
    let element = (lane + j * 64) * 4;
    if (element < span.size) {
      let at = (span.first + element) / 4;
      let valid = inside(element, span.size);
      let g = gradient[at];
      let theta = parameter[at];
      let holder = owner[at];
      let selected = valid & ((abs(sensitivity[at]) > tau) | vec4<bool>(exempt));
      let free = (holder == vec4u()) | (holder == vec4u(params.task)) | vec4<bool>(exempt);
      let normal = theta - params.rate * g;
      let gentle = theta - params.protected_rate * (g + params.twice_mu * (theta - anchor[at]));
      parameter[at] = select(theta, select(gentle, normal, free), selected);
      owner[at] = select(holder, vec4u(params.task), selected & free & !vec4<bool>(exempt));
    }
  }
}

// Owners counted by segment and task: counts[segment * (tasks + 1) + owner].
@compute @workgroup_size(64)
fn count_owners(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.x + group.y * groups.x;
  if (index >= params.blocks) { return; }
  let span = blocks[index];
  for (var j = 0u; j < 4; j++) {
    let element = (lane + j * 64) * 4;
    if (element < span.size) {
      let holder = owners[(span.first + element) / 4];
      for (var i = 0u; i < min(4u, span.size - element); i++) { atomicAdd(&counts[span.segment * (params.tasks + 1) + holder[i]], 1u); }
    }
  }
}
