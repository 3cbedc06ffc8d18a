// Means and deviations, combined pairwise (Chan, Golub, LeVeque 1979) in an order that depends on the shapes alone. What is carried is the
// root of the squared deviations, scaled before squaring: the accumulator of an idle tensor decays to where squares would underflow.

struct Moments {
  count: f32,
  mean: f32,
  spread: f32,    // root of the sum of squared deviations from the mean
  largest: u32,   // bits of the largest |g|: 0 for a gradient that is zero, 0x7f800000 and more for one that is not finite
}

// Euclidean norm that neither overflows nor underflows on the way.
fn norm(v: vec4f) -> f32 {
  let magnitude = abs(v);
  let top = max(max(magnitude.x, magnitude.y), max(magnitude.z, magnitude.w));
  if (top == 0) { return 0; }
  let scaled = v / top;
  return top * sqrt(dot(scaled, scaled));
}

// Of equal means the mean is exactly that, so that in a constant tensor nothing is above it.
fn combine(a: Moments, b: Moments) -> Moments {
  if (b.count == 0) { return a; }
  let count = a.count + b.count;
  let delta = b.mean - a.mean;
  let share = b.count / count;
  return Moments(count, a.mean + delta * share, norm(vec4f(a.spread, b.spread, delta * sqrt(a.count * share), 0)), max(a.largest, b.largest));
}

var<workgroup> tree: array<Moments, 64>;

// The total of all 64 invocations, in invocation 0. Barriers are dear on software adapters, so four are combined at a time.
fn combine_all(lane: u32, own: Moments) -> Moments {
  var sum = own;
  for (var left = 16u; left > 0; left /= 4) {
    tree[lane] = sum;
    workgroupBarrier();
    if (lane < left) { sum = combine(combine(sum, tree[lane + left]), combine(tree[lane + 2 * left], tree[lane + 3 * left])); }
    workgroupBarrier();
  }
  return sum;
}
