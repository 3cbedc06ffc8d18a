// One step of APO (Thakur et al., AISTATS 2025, Algorithm 1) over the whole parameter arena, in three dispatches:
//
//   survey:     the moments of |G'| over each block, where G' = beta G + (1 - beta) g
//   threshold:  tau = mean + k * standard deviation, for each group of blocks: a tensor, if nothing else is asked for
//   update:     G = G', M = |G| > tau; where M holds,
//                 unclaimed or owned by this task:  theta -= rate * g, and the task owns it from now on
//                 owned by another task:            theta -= gentle_rate * g + pull_rate * (theta - anchor)
//               elsewhere theta keeps its bits.
//
// The owner of a parameter (0: nobody) stands for the masks P and H^t of the paper: claims are exclusive and permanent.
// If any gradient is not finite, the update does nothing at all: that is known once every threshold is, and nothing was written before.
// So G' is computed twice rather than stored. A parameter costs 8 bytes in the survey and 32 in the update.
//
// And for the arena of another optimizer, whose gradients are of the same batch:
//
//   guard:      if the step was refused, zeros for those gradients
//
// Workgroups: one for each block (survey, update; an arena larger than a binding takes one dispatch for each chunk), one for each group (threshold);
// x * y = elements / 256 (guard).

//#include "parts/apo_blocks.wgsl"
//#include "parts/apo_moments.wgsl"

struct Params {
  keep: f32,              // beta
  add: f32,               // 1 - beta
  k: f32,
  correction: f32,        // the divisor of the variance is n - correction
  fixed_threshold: f32,   // instead of all others, unless negative
  floor: f32,             // thresholds are at least that
  rate: f32,
  rest_rate: f32,         // of what is not sensitive, with the flag REST
  gentle_rate: f32,
  pull_rate: f32,
  damping: f32,           // with `decay`: a claim that was idle for n epochs protects by 1 + (damping - 1) decay^n
  decay: f32,             // 1 for claims that do not fade
  task: u32,              // from 1
  serial: u32,            // another one at every step
  first: u32,             // the blocks of this dispatch: of one chunk of the arena
  end: u32,               // for guard: the quads of its arena
  groups: u32,
  flags: u32,
}
const SIGNED = 1u;       // mean and deviation of G itself, as the paper prints them
const LAGGED = 2u;       // thresholds from G as it was before this step
const SKIP_IDLE = 4u;    // nothing is sensitive in a group whose gradient is zero
const REFRESH = 8u;      // the parameters of before this step become the anchor
const REST = 16u;        // what is not sensitive is updated too

struct Group { first_block: u32, blocks: u32 }

// The moments of a block's values minus the first of them: so neither means nor deviations lose anything to a large common part.
struct Relative { moments: Moments, first: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> blocks: array<Block>;
@group(0) @binding(2) var<storage, read> group_table: array<Group>;
@group(0) @binding(3) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> guarded: array<vec4f>;
@group(0) @binding(4) var<storage, read> accumulated: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> accumulator: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> block_moments: array<Relative>;
@group(0) @binding(5) var<storage, read> moments: array<Relative>;
@group(0) @binding(6) var<storage, read_write> verdict: array<atomic<u32>>;   // see below; behind it the thresholds
@group(0) @binding(6) var<storage, read> judged: array<u32>;
@group(0) @binding(7) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> owner: array<vec4u>;
@group(0) @binding(9) var<storage, read_write> anchor: array<vec4f>;
@group(0) @binding(10) var<storage, read_write> tally: array<vec4u>;          // (steps, 0, 0, 0), then for each block what `update` counts

override BUDGET: u32 = 0;   // 1: claims are limited by the blocks' quotas
override FADING: u32 = 0;   // 1: the protection of idle claims decays

// The words of the verdict, all 0 as long as no step was refused.
const LAST = 0u;       // serial of the last refused step
const COUNT = 1u;      // refused steps
const FIRST = 2u;      // ~serial of the first one,
const WHERE = 3u;      // ~its first block that is at fault,
const WHO = 4u;        // its task,
const WHAT = 5u;       // bits of its largest |g|
const THRESHOLDS = 8u;

const INFINITE = 0x7f800000u;
const NOTHING = 0x1.fffffep+127f;   // the threshold that no element is above

fn has(flag: u32) -> bool {
  return (params.flags & flag) != 0u;
}

// One rounding order on every adapter, in the survey and in the update alike.
fn decayed(old: vec4f, g: vec4f) -> vec4f {
  return fma(vec4f(params.keep), old, params.add * g);
}

fn number(v: vec4<bool>) -> f32 {
  return dot(select(vec4f(), vec4f(1), v), vec4f(1));
}

// What thresholds are the statistics of.
fn measure(old: vec4f, g: vec4f) -> vec4f {
  let v = select(decayed(old, g), old, has(LAGGED));
  return select(abs(v), v, has(SIGNED));
}

@compute @workgroup_size(64)
fn survey(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = params.first + group.x + group.y * groups.x;
  if (index >= params.end) { return; }
  let span = blocks[index];
  let first = measure(accumulated[span.first / 4], gradient[span.first / 4]).x;
  var values: array<vec4f, 4>;
  var own = Moments(0, 0, 0, 0);
  var sum = 0f;
  var largest = vec4u();
  for (var j = 0u; j < 4; j++) {
    let element = (lane + j * 64) * 4;
    if (element < span.size) {
      let at = (span.first + element) / 4;
      let valid = inside(element, span.size);
      let g = gradient[at];
      values[j] = select(vec4f(), measure(accumulated[at], g) - first, valid);
      sum += dot(values[j], vec4f(1));
      own.count += number(valid);
      largest = max(largest, select(vec4u(), bitcast<vec4u>(g) & vec4u(0x7fffffffu), valid));
    }
  }
  if (own.count > 0) {
    own.mean = sum / own.count;
    var spreads: vec4f;
    for (var j = 0u; j < 4; j++) { spreads[j] = norm(select(vec4f(), values[j] - own.mean, inside((lane + j * 64) * 4, span.size))); }
    own.spread = norm(spreads);
    own.largest = max(max(largest.x, largest.y), max(largest.z, largest.w));
  }
  let all = combine_all(lane, own);
  if (lane == 0) { block_moments[index] = Relative(all, first); }
}

fn refuse(at_fault: u32, bits: u32) {
  if (atomicMax(&verdict[LAST], params.serial) < params.serial) { atomicAdd(&verdict[COUNT], 1u); }
  atomicMax(&verdict[FIRST], ~params.serial);
  if (atomicLoad(&verdict[FIRST]) == ~params.serial) {
    atomicMax(&verdict[WHERE], ~at_fault);
    atomicStore(&verdict[WHO], params.task);
    atomicMax(&verdict[WHAT], bits);
  }
}

@compute @workgroup_size(64)
fn threshold(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.x + group.y * groups.x;
  if (index >= params.groups) { return; }
  let members = group_table[index];
  let origin = moments[members.first_block];
  var own = Moments(0, 0, 0, 0);
  for (var i = lane; i < members.blocks; i += 64u) {
    let found = moments[members.first_block + i];
    var part = found.moments;
    if (part.largest >= INFINITE) { refuse(members.first_block + i, part.largest); }
    part.mean = (found.first - origin.first) + (part.mean - origin.moments.mean);
    own = combine(own, part);
  }
  let all = combine_all(lane, own);
  if (lane == 0) {
    var tau = NOTHING;
    if (all.count > params.correction) { tau = origin.first + (origin.moments.mean + (all.mean + params.k * all.spread / sqrt(all.count - params.correction))); }
    if ((bitcast<u32>(tau) & INFINITE) == INFINITE && all.largest < INFINITE) { refuse(members.first_block, all.largest); }
    if (params.fixed_threshold >= 0) { tau = params.fixed_threshold; }
    tau = max(tau, params.floor);
    if (has(SKIP_IDLE) && all.largest == 0) { tau = NOTHING; }
    atomicStore(&verdict[THRESHOLDS + index], bitcast<u32>(tau));
  }
}

//#include "parts/apo_budget.wgsl"

// By how much a claim protects less than a new one. An age of 1 is still new: the owner's turn in this epoch may come.
fn fading(age: u32) -> f32 {
  var left = 1f;
  var square = params.decay;
  for (var n = max(age, 1u) - 1; n > 0; n >>= 1) {
    if ((n & 1) == 1) { left *= square; }
    square *= square;
  }
  return params.damping / (1 + (params.damping - 1) * left);
}

var<workgroup> counts: array<vec4f, 64>;

@compute @workgroup_size(64)
fn update(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = params.first + group.x + group.y * groups.x;
  if (index >= params.end) { return; }
  let span = blocks[index];
  let refused = judged[LAST] == params.serial;
  let exempt = vec4<bool>(span.quota == EXEMPT);
  let tau = vec4f(bitcast<f32>(judged[THRESHOLDS + span.group]));
  var level = 0u;
  if (BUDGET == 1) { level = claim_level(span, lane, tau); }
  var count = vec4f();   // sensitive elements, protected ones, sum of g * change, sum of change^2
  for (var j = 0u; j < 4; j++) {
    let element = (lane + j * 64) * 4;
    if (element < span.size) {
      let at = (span.first + element) / 4;
      let theta = parameter[at];
      if (has(REFRESH)) { anchor[at] = theta; }
      if (!refused) {
        let g = gradient[at];
        let sensitivity = decayed(accumulator[at], g);
        let word = owner[at];
        let holder = word & vec4u(ID);
        let selected = inside(element, span.size) & ((abs(sensitivity) > tau) | exempt);
        let mine = (holder == vec4u(params.task)) | exempt;
        let free = (holder == vec4u()) & (claim_key(sensitivity) >= vec4u(level));
        let normal = selected & (mine | free);
        let gentle = selected & (holder != vec4u()) & !mine;
        var ease = vec4f(1);
        if (FADING == 1) { ease = vec4f(fading(word.x >> 16), fading(word.y >> 16), fading(word.z >> 16), fading(word.w >> 16)); }
        var next = theta;
        if (has(REST)) { next = theta - params.rest_rate * g; }
        next = select(next, theta - params.rate * g, normal);
        next = select(next, theta - ((params.rest_rate + ease * params.gentle_rate) * g + ease * params.pull_rate * (theta - anchor[at])), gentle);
        accumulator[at] = sensitivity;
        parameter[at] = next;
        owner[at] = select(word, vec4u(params.task), normal & !exempt);
        let change = next - theta;
        count += vec4f(number(selected), number(gentle), dot(g, change), dot(change, change));
      }
    }
  }
  counts[lane] = count;
  workgroupBarrier();
  if (lane == 0 && !refused) {
    for (var i = 1u; i < 64; i++) { count += counts[i]; }
    let sums = bitcast<vec2f>(tally[1 + index].zw) + count.zw;
    tally[1 + index] = vec4u(tally[1 + index].xy + vec2u(count.xy), bitcast<vec2u>(sums));
    if (index == 0) { tally[0].x += 1; }
  }
}

@compute @workgroup_size(64)
fn guard(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i < params.end && judged[LAST] == params.serial) { guarded[i] = vec4f(); }
}
