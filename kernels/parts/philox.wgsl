// Counter-based random words: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011). Four words a counter,
// which depend on counter and key alone, never on the number of invocations. By convention the counter is (index, 0, stream), the key the seed.

// High and low words of the 64-bit product.
fn multiply(p: u32, q: u32) -> vec2u {
  let p0 = p & 0xffffu; let p1 = p >> 16u;
  let q0 = q & 0xffffu; let q1 = q >> 16u;
  let low = p0 * q0;
  let middle = p1 * q0 + (low >> 16u);
  let carry = (middle & 0xffffu) + p0 * q1;
  return vec2u(p1 * q1 + (middle >> 16u) + (carry >> 16u), p * q);
}

fn philox(start: vec4u, seed: vec2u) -> vec4u {
  var counter = start;
  var key = seed;
  for (var round = 0; round < 10; round++) {
    let first = multiply(0xD2511F53u, counter.x);
    let second = multiply(0xCD9E8D57u, counter.z);
    counter = vec4u(second.x ^ counter.y ^ key.x, second.y, first.x ^ counter.w ^ key.y, first.y);
    key += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  return counter;
}
