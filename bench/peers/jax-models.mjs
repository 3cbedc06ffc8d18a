/** The models in jax-js's functions: images `[n, c, h, w]`, matrices `[out, in]`; `p` gives a new reference to a parameter by lazygrad's name of it. */

/** Models by kind of case: `(x, p, work) => logits`. */
export function modelsOf({ lax, nn, numpy: np }) {
  const linear = (x, p, name) => np.matmul(x, np.transpose(p(`${name}.weight`))).add(p(`${name}.bias`));
  /** Over the last axis of `[n, steps, in]`: as one product of matrices. */
  const linearOfSteps = (x, p, name) => {
    const [n, steps, width] = x.shape;
    const y = linear(x.reshape([n * steps, width]), p, name);
    return y.reshape([n, steps, y.shape[1]]);
  };
  const convPool = (x, p, name, [high, wide]) => {
    const bias = p(`${name}.bias`);
    const y = lax.convGeneralDilated(x, p(`${name}.weight`), [1, 1], 'SAME').add(bias.reshape([1, -1, 1, 1]));
    return nn.relu(high * wide === 1 ? y : lax.reduceWindow(y, (window) => np.max(window), [high, wide], [high, wide]));
  };
  const layerNorm = (x, p, name, epsilon) => nn.standardize(x, -1, { epsilon }).mul(p(`${name}.weight`)).add(p(`${name}.bias`));
  const split = (x, parts, axis) => np.split(x, parts, axis);

  /** q, k, v `[n, steps, width]`. */
  const attention = (q, k, v, heads) => {
    const [n, steps, width] = q.shape;
    const [a, b, c] = [q, k, v].map((t) => t.reshape([n, steps, heads, width / heads]));
    return nn.dotProductAttention(a, b, c).reshape([n, steps, width]);
  };

  function multiTaskCNN(x, p) {
    x = convPool(convPool(x, p, 'conv1', [2, 2]), p, 'conv2', [2, 2]); // [n, 64, 7, 7]
    x = nn.relu(linear(x.reshape([x.shape[0], 64 * 7 * 7]), p, 'fc'));
    return linear(x, p, 'head');
  }

  function timeSeriesTransformer(x, p, { heads, layers }) {
    x = linearOfSteps(x, p, 'embedding'); // [n, steps, width]
    const [n, steps, width] = x.shape;
    x = x.add(sinusoids(steps, width));
    for (let i = 0; i < layers; i++) {
      const name = `encoder.layers.${i}`;
      const qkv = np.matmul(x.ref.reshape([n * steps, width]), np.transpose(p(`${name}.self_attn.in_proj_weight`))).add(p(`${name}.self_attn.in_proj_bias`));
      const [q, k, v] = split(qkv.reshape([n, steps, 3 * width]), 3, -1);
      x = layerNorm(x.add(linearOfSteps(attention(q, k, v, heads), p, `${name}.self_attn.out_proj`)), p, `${name}.norm1`, 1e-5);
      const inner = linearOfSteps(nn.relu(linearOfSteps(x.ref, p, `${name}.linear1`)), p, `${name}.linear2`);
      x = layerNorm(x.add(inner), p, `${name}.norm2`, 1e-5);
    }
    return linear(nn.relu(linear(np.mean(x, 1), p, 'fc')), p, 'head');
  }

  const sinusoids = (steps, width) => np.array(Float32Array.from({ length: steps * width }, (_, at) => {
    const element = at % width;
    const angle = Math.floor(at / width) / 10_000 ** ((element - element % 2) / width);
    return element % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  }), { shape: [steps, width] });

  /** An unrolled loop: jax-js has no `lax.scan`. The gates in PyTorch's order; the inputs' part of all steps is one product. */
  function lstm(x, p) {
    const [n, steps, width] = x.shape;
    const ofInputs = np.matmul(x.reshape([n * steps, width]), np.transpose(p('lstm.weight_ih_l0'))).add(p('lstm.bias_ih_l0')).add(p('lstm.bias_hh_l0'));
    const hidden = ofInputs.shape[1] / 4;
    let h = np.zeros([n, hidden]);
    let c = np.zeros([n, hidden]);
    for (const ofInput of split(ofInputs.reshape([n, steps, 4 * hidden]), steps, 1)) {
      const gates = ofInput.reshape([n, 4 * hidden]).add(np.matmul(h, np.transpose(p('lstm.weight_hh_l0'))));
      const [i, f, g, o] = split(gates, 4, 1);
      c = nn.sigmoid(f).mul(c).add(nn.sigmoid(i).mul(np.tanh(g)));
      h = nn.sigmoid(o).mul(np.tanh(c.ref));
    }
    c.dispose();
    return h; // [n, hidden], of the last step
  }

  function crnn(x, p) {
    x = [2, 4, 4, 1].reduce((y, pool, i) => convPool(y, p, `conv${i + 1}`, [pool, 1]), x); // [n, channels, 1, time]
    const [n, channels, , steps] = x.shape;
    return linear(lstm(np.transpose(x.reshape([n, channels, steps]), [0, 2, 1]), p), p, 'head');
  }

  function tinyBert(x, p, { heads, layers }) {
    const table = (name) => p(`embeddings.${name}_embeddings.weight`);
    const common = table('position').add(table('token_type').slice([0, 1])); // [steps, width]
    x = layerNorm(table('word').slice(x).add(common), p, 'embeddings.LayerNorm', 1e-12);
    for (let i = 0; i < layers; i++) {
      const name = `encoder.layer.${i}`;
      const [q, k, v] = ['query', 'key', 'value'].map((part) => linearOfSteps(x.ref, p, `${name}.attention.self.${part}`));
      x = layerNorm(x.add(linearOfSteps(attention(q, k, v, heads), p, `${name}.attention.output.dense`)), p, `${name}.attention.output.LayerNorm`, 1e-12);
      const inner = linearOfSteps(nn.gelu(linearOfSteps(x.ref, p, `${name}.intermediate.dense`), { approximate: false }), p, `${name}.output.dense`);
      x = layerNorm(x.add(inner), p, `${name}.output.LayerNorm`, 1e-12);
    }
    const first = x.slice([], 0); // [n, width]
    return linear(linear(np.tanh(linear(first, p, 'pooler.dense')), p, 'fc'), p, 'head');
  }

  return { 'multi-task-cnn': multiTaskCNN, 'time-series-transformer': timeSeriesTransformer, crnn, tinybert: tinyBert };
}
