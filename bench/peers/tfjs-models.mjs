/** The models in TensorFlow.js's operations: images `[n, h, w, c]`, matrices `[in, out]`; `p` finds a parameter by lazygrad's name of it. */

/** Models by kind of case: `(x, p, work) => logits`. */
export function modelsOf(tf) {
  const linear = (x, p, name) => tf.add(tf.matMul(x, p(`${name}.weight`)), p(`${name}.bias`));
  /** Over the last axis of `[n, steps, in]`: as one product of matrices. */
  const linearOfSteps = (x, p, name) => {
    const [n, steps, width] = x.shape;
    const y = linear(tf.reshape(x, [n * steps, width]), p, name);
    return tf.reshape(y, [n, steps, y.shape[1]]);
  };
  const convPool = (x, p, name, pool) => {
    const y = tf.add(tf.conv2d(x, p(`${name}.weight`), 1, 'same'), p(`${name}.bias`));
    return tf.relu(tf.maxPool(y, pool, pool, 'valid'));
  };
  const layerNorm = (x, p, name, eps) => {
    const { mean, variance } = tf.moments(x, -1, true);
    const y = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, eps)));
    return tf.add(tf.mul(y, p(`${name}.weight`)), p(`${name}.bias`));
  };
  const gelu = (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

  /** q, k, v `[n, steps, width]`. */
  const attention = (q, k, v, heads) => {
    const [n, steps, width] = q.shape;
    const split = (t) => tf.transpose(tf.reshape(t, [n, steps, heads, width / heads]), [0, 2, 1, 3]); // [n, heads, steps, width / heads]
    const scores = tf.mul(tf.matMul(split(q), split(k), false, true), 1 / Math.sqrt(width / heads)); // [n, heads, steps, steps]
    const y = tf.matMul(tf.softmax(scores), split(v));
    return tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [n, steps, width]);
  };

  function multiTaskCNN(x, p) {
    x = convPool(convPool(x, p, 'conv1', 2), p, 'conv2', 2); // [n, 7, 7, 64]
    x = tf.relu(linear(tf.reshape(x, [x.shape[0], 7 * 7 * 64]), p, 'fc'));
    return linear(x, p, 'head');
  }

  function timeSeriesTransformer(x, p, { heads, layers }) {
    const [n, steps] = x.shape;
    x = linearOfSteps(x, p, 'embedding'); // [n, steps, width]
    x = tf.add(x, sinusoids(steps, x.shape[2]));
    for (let i = 0; i < layers; i++) {
      const name = `encoder.layers.${i}`;
      const width = x.shape[2];
      const qkv = tf.add(tf.matMul(tf.reshape(x, [n * steps, width]), p(`${name}.self_attn.in_proj_weight`)), p(`${name}.self_attn.in_proj_bias`));
      const [q, k, v] = tf.split(tf.reshape(qkv, [n, steps, 3 * width]), 3, -1);
      x = layerNorm(tf.add(x, linearOfSteps(attention(q, k, v, heads), p, `${name}.self_attn.out_proj`)), p, `${name}.norm1`, 1e-5);
      const inner = linearOfSteps(tf.relu(linearOfSteps(x, p, `${name}.linear1`)), p, `${name}.linear2`);
      x = layerNorm(tf.add(x, inner), p, `${name}.norm2`, 1e-5);
    }
    return linear(tf.relu(linear(tf.mean(x, 1), p, 'fc')), p, 'head');
  }

  const sinusoids = (steps, width) => tf.tensor(Float32Array.from({ length: steps * width }, (_, at) => {
    const element = at % width;
    const angle = Math.floor(at / width) / 10_000 ** ((element - element % 2) / width);
    return element % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  }), [steps, width]);

  /** The gates in PyTorch's order, by PyTorch's equations; the inputs' part of all steps is one product. `tf.layers.lstm` has one bias only. */
  function lstm(x, p) {
    const [n, steps, width] = x.shape;
    const hidden = p('lstm.weight_hh_l0').shape[0];
    const ofInputs = tf.reshape(tf.add(tf.matMul(tf.reshape(x, [n * steps, width]), p('lstm.weight_ih_l0')), tf.add(p('lstm.bias_ih_l0'), p('lstm.bias_hh_l0'))), [n, steps, 4 * hidden]);
    let h = tf.zeros([n, hidden]);
    let c = tf.zeros([n, hidden]);
    for (const ofInput of tf.unstack(ofInputs, 1)) {
      const [i, f, g, o] = tf.split(tf.add(ofInput, tf.matMul(h, p('lstm.weight_hh_l0'))), 4, 1);
      c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    }
    return h; // [n, hidden], of the last step
  }

  function crnn(x, p) {
    x = [2, 4, 4, 1].reduce((y, pool, i) => convPool(y, p, `conv${i + 1}`, [pool, 1]), x); // [n, 1, time, channels]
    return linear(lstm(tf.reshape(x, [x.shape[0], x.shape[2], x.shape[3]]), p), p, 'head');
  }

  function tinyBert(x, p, { heads, layers }) {
    const [n, steps] = x.shape;
    const table = (name) => p(`embeddings.${name}_embeddings.weight`);
    const common = tf.add(table('position'), tf.slice(table('token_type'), 0, 1)); // [steps, width]
    x = layerNorm(tf.add(tf.gather(table('word'), x), common), p, 'embeddings.LayerNorm', 1e-12);
    for (let i = 0; i < layers; i++) {
      const name = `encoder.layer.${i}`;
      const [q, k, v] = ['query', 'key', 'value'].map((part) => linearOfSteps(x, p, `${name}.attention.self.${part}`));
      x = layerNorm(tf.add(x, linearOfSteps(attention(q, k, v, heads), p, `${name}.attention.output.dense`)), p, `${name}.attention.output.LayerNorm`, 1e-12);
      const inner = linearOfSteps(gelu(linearOfSteps(x, p, `${name}.intermediate.dense`)), p, `${name}.output.dense`);
      x = layerNorm(tf.add(x, inner), p, `${name}.output.LayerNorm`, 1e-12);
    }
    const first = tf.reshape(tf.slice(x, [0, 0, 0], [n, 1, x.shape[2]]), [n, x.shape[2]]);
    return linear(linear(tf.tanh(linear(first, p, 'pooler.dense')), p, 'fc'), p, 'head');
  }

  return { 'multi-task-cnn': multiTaskCNN, 'time-series-transformer': timeSeriesTransformer, crnn, tinybert: tinyBert };
}
