// Reports what is wrong with the data, to `faults`, which the includer binds: array<atomic<u32>>, [count, code, value, unused]. The first report
// is kept. `code` stands for the message, which the host has.

fn report(code: u32, value: i32) {
  if (atomicAdd(&faults[0], 1u) == 0u) {
    atomicStore(&faults[1], code);
    atomicStore(&faults[2], bitcast<u32>(value));
  }
}
