// A matrix of few long rows, one for each task's gradient.
//
//   products: partials[p][pair] = sum of rows[i][q] . rows[j][q] over the quads q = begin + lane, begin + lane + 64, ... of one slab, for the pairs
//             i <= j in the order (0, 0), (0, 1), ..., (1, 1), ...; p = slab * 64 + lane. Summed over p that is the Gram matrix.
//   combine:  combined[q] = sum over i of weights[i] rows[i][q], in the order of the rows.
//
// Workgroups: (slabs, pairs) for products; x * y = quads / 64 for combine.

struct Params {
  count: u32,      // rows
  stride: u32,     // quads from one row to the next
  begin: u32,      // first quad
  end: u32,        // behind the last
  length: u32,     // quads of a slab, for each of its 64 lanes
  first: u32,      // first partial to write
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> combined: array<vec4f>;

@compute @workgroup_size(64)
fn products(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32, @builtin(num_workgroups) groups: vec3u) {
  var i = 0u;
  var j = group.y;
  while (j >= params.count - i) {
    j -= params.count - i;
    i++;
  }
  j += i;
  let begin = params.begin + group.x * params.length * 64 + lane;
  let end = min(params.end, begin + params.length * 64);
  var sum = vec4f();
  for (var q = begin; q < end; q += 64) { sum = fma(rows[i * params.stride + q], rows[j * params.stride + q], sum); }
  partials[(params.first + group.x * 64 + lane) * groups.y + group.y] = dot(sum, vec4f(1));
}

@compute @workgroup_size(64)
fn combine(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let q = id.x + id.y * groups.x * 64;
  if (q >= params.end) { return; }
  var sum = vec4f();
  for (var i = 0u; i < params.count; i++) { sum = fma(vec4f(weights[i]), rows[i * params.stride + q], sum); }
  combined[q] = sum;
}
