/**
 * jax-js, on WebGPU or on its WebAssembly backend (which has one thread in Node: it wants Web Workers for more). Layouts are PyTorch's. A step is one `jit`
 * of `valueAndGrad` and the update. An array is consumed by what takes it; `.ref` is a further reference to it.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { offerGPU } from './gpu.ts';
import { modelsOf } from './jax-models.mjs';
import { arrayOf, joined } from './work.ts';

/** jax-js takes it for granted that iterators have `map` and `filter`, as they do from Node 22 on. */
function completeIterators() {
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  const give = (name, value) => name in prototype || Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  give('map', function* (change) {
    for (const each of this) yield change(each);
  });
  give('filter', function* (isWanted) {
    for (const each of this) if (isWanted(each)) yield each;
  });
}

/** @param {'webgpu' | 'wasm'} backend @returns {Promise<import('./work.ts').Engine>} */
export async function start(backend) {
  const adapter = backend === 'webgpu' ? (await offerGPU()).name : 'WebAssembly, one thread';
  completeIterators();
  const entry = createRequire(import.meta.url).resolve('@jax-js/jax');
  const jax = await import('@jax-js/jax');
  if (!(await jax.init(backend)).includes(backend)) throw new Error(`jax-js has no backend ${backend} here`);
  jax.defaultDevice(backend);
  return {
    version: JSON.parse(readFileSync(entry.slice(0, entry.lastIndexOf('/dist/')) + '/package.json', 'utf8')).version,
    adapter,
    prepare: (work) => Promise.resolve(work.parameters.length > 0 ? training(jax, work) : kernel(jax, work)),
  };
}

const arrayIn = ({ numpy: np }, { shape, data }) => np.array(data, { shape: [...shape], dtype: data instanceof Int32Array ? np.int32 : np.float32 });

function kernel(jax, work) {
  const { compute, operands } = operation(jax, work);
  const compiled = jax.jit(compute);
  // What is let go before it was waited for is never computed: all results are kept until then.
  let results = [];
  let last = null;
  return {
    step() {
      results.push(compiled(...operands.map((operand) => operand.ref)));
    },
    async finish() {
      await jax.blockUntilReady(results);
      last?.dispose();
      last = results.pop();
      for (const result of results) result.dispose();
      results = [];
    },
    read: () => last.ref.data(),
  };
}

function operation(jax, work) {
  const { lax, numpy: np } = jax;
  const make = (name) => arrayIn(jax, arrayOf(work, name));
  if (work.kind === 'matmul') return { compute: (a, b) => np.matmul(a, b), operands: [make('a'), make('b')] };
  const conv = (x, weight) => lax.convGeneralDilated(x, weight, [1, 1], 'SAME');
  const [x, weight, gradient] = ['x', 'weight', 'gradient'].map(make);
  if (work.kind === 'conv2d') return { compute: conv, operands: [x, weight] };
  // A convolution is linear in each operand: the forward pass is not part of the gradient, and `jit` leaves it out.
  const gradientOf = (argnums) => jax.grad((a, b, dy) => np.sum(conv(a, b).mul(dy)), { argnums });
  return { compute: gradientOf(work.kind === 'conv2d-input' ? 0 : 1), operands: [x, weight, gradient] };
}

function training(jax, work) {
  const { nn, numpy: np } = jax;
  const names = work.parameters;
  const at = new Map(names.map((name, i) => [name, i]));
  let parameters = names.map((name) => arrayIn(jax, arrayOf(work, name)));
  const [x, y] = ['x', 'y'].map((name) => arrayIn(jax, arrayOf(work, name)));
  const classes = arrayOf(work, 'head.bias').shape[0];
  const forward = modelsOf(jax)[work.kind];
  const lossOf = (p, inputs, labels) => {
    const logits = forward(inputs, (name) => p[at.get(name)].ref, work);
    const loss = np.mean(np.sum(nn.logSoftmax(logits).mul(nn.oneHot(labels, classes)), -1)).neg();
    for (const each of p) each.dispose();
    return loss;
  };
  const descend = jax.jit((p, inputs, labels) => {
    const [loss, gradients] = jax.valueAndGrad(lossOf)(p.map((each) => each.ref), inputs, labels);
    return [loss, p.map((each, i) => each.sub(gradients[i].mul(work.lr)))];
  });
  let loss = null;
  return {
    step() {
      loss?.dispose();
      [loss, parameters] = descend(parameters, x.ref, y.ref);
    },
    finish: () => jax.blockUntilReady([loss, parameters]),
    async read() {
      const parts = [await loss.ref.data()];
      for (const parameter of parameters) parts.push(await parameter.ref.data());
      return joined(parts);
    },
  };
}
