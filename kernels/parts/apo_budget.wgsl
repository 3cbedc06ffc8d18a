// The claim budget: a task may own at most `quota` elements of a block, and new claims go to its largest |G|.

var<workgroup> counter: atomic<u32>;

fn total(lane: u32, own: u32) -> u32 {
  if (lane == 0) { atomicStore(&counter, 0u); }
  workgroupBarrier();
  atomicAdd(&counter, own);
  workgroupBarrier();
  let sum = atomicLoad(&counter);
  workgroupBarrier();
  return sum;
}

// Orders elements by |G|; above 0.
fn claim_key(sensitivity: vec4f) -> vec4u {
  return (bitcast<vec4u>(sensitivity) & vec4u(0x7fffffffu)) + vec4u(1);
}

fn at_least(keys: ptr<function, array<vec4u, 4>>, level: u32) -> u32 {
  var found = vec4u();
  for (var j = 0u; j < 4; j++) { found += select(vec4u(), vec4u(1), (*keys)[j] >= vec4u(level)); }
  return found.x + found.y + found.z + found.w;
}

// The least key with which a free element can be claimed: the smallest that leaves no more candidates than the budget has room for. Found
// bit by bit. Candidates that tie for the last place all go without.
fn claim_level(span: Block, lane: u32, tau: vec4f) -> u32 {
  var keys: array<vec4u, 4>;
  var owned = 0u;
  for (var j = 0u; j < 4; j++) {
    let element = (lane + j * 64) * 4;
    keys[j] = vec4u();
    if (element < span.size) {
      let at = (span.first + element) / 4;
      let holder = owner[at] & vec4u(ID);
      let sensitivity = decayed(accumulator[at], gradient[at]);
      let valid = inside(element, span.size);
      keys[j] = select(vec4u(), claim_key(sensitivity), valid & (holder == vec4u()) & (abs(sensitivity) > tau));
      let mine = select(vec4u(), vec4u(1), valid & (holder == vec4u(params.task)));
      owned += mine.x + mine.y + mine.z + mine.w;
    }
  }
  let room = span.quota - min(span.quota, total(lane, owned));
  let candidates = total(lane, at_least(&keys, 1u));
  var level = 0u;
  for (var bit = 0u; bit < 31; bit++) {
    let trial = level | (1u << (30 - bit));
    if (total(lane, at_least(&keys, trial)) > room) { level = trial; }
  }
  return select(level + 1, 0u, candidates <= room);
}
