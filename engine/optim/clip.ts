/** Clipping of the gradients of an arena by their global norm, without reading anything back. */
import kernel from '../../kernels/grad_norm.wgsl';
import type { ParameterArena } from '../arena.ts';
import { ConfigError } from '../errors.ts';
import { linearGroups } from '../ops/grid.ts';
import { empty, zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';

const CHUNK = 64;
/** Partials, of 16 bytes, from one place that can be bound to the next. */
const ALIGNMENT = 16;

/**
 * Scales all gradients of the arena by `min(1, maxNorm / (norm + 1e-6))`, in a few dispatches. Gradients up to the largest float32 neither
 * over- nor underflow on the way, and the order of summation is fixed. With gradients that are not finite the norm is not either; then,
 * as in PyTorch, an infinite norm makes finite gradients 0 and infinite ones NaN, and a NaN makes every gradient NaN that is not 0.
 * PyTorch: `torch.nn.utils.clip_grad_norm_`. Source: Pascanu et al., "On the difficulty of training recurrent neural networks", 2013.
 * @param maxNorm above 0
 * @returns the Euclidean norm before clipping, as a tensor of shape []: read it or leave it
 * @throws ConfigError
 */
export function clipGradNorm(arena: ParameterArena, maxNorm: number): Tensor {
  if (!(maxNorm > 0)) throw new ConfigError(`maxNorm: expected a number above 0, got ${maxNorm}`);
  const { device } = arena;
  const limit = Math.min(maxNorm, 2 ** 127);
  let source = classified(arena, limit);
  for (let count = source.shape[0] ?? 1; count > 1; ) {
    const chunks = Math.ceil(count / CHUNK);
    const partials = empty(device, [chunks, 4]);
    device.dispatch(kernel, { entry: 'fold', buffers: { source: source.binding, partials: partials.binding }, params: { count, length: CHUNK, chunks, limit }, groups: linearGroups(chunks, 64) });
    source = partials;
    count = chunks;
  }
  const result = empty(device, [4]);
  device.dispatch(kernel, { entry: 'finish', buffers: { source: source.binding, partials: result.binding }, params: { count: 1, length: CHUNK, chunks: 1, limit }, groups: [1] });
  for (const chunk of arena.chunks) {
    const count = chunk.size / 4;
    device.dispatch(kernel, { entry: 'scale', buffers: { factors: result.binding, gradient: arena.bind(arena.gradients, chunk) }, params: { count, length: CHUNK, chunks: 1, limit }, groups: linearGroups(count, 64) });
  }
  return result.view({ shape: [], strides: [], offset: 0 });
}

/** Sums of squares of 64 quads each, in three ranges of magnitude: `[partials, 4]`. Where the arena is bound in chunks, with zeros between theirs. */
function classified(arena: ParameterArena, limit: number): Tensor {
  const { device, chunks } = arena;
  const counts = chunks.map(({ size }) => Math.ceil(size / 4 / CHUNK));
  const places = counts.map((count) => chunks.length === 1 ? count : Math.ceil(count / ALIGNMENT) * ALIGNMENT);
  const shape = [places.reduce((sum, count) => sum + count, 0), 4];
  const partials = chunks.length === 1 ? empty(device, shape) : zeros(device, shape);
  let at = 0;
  for (const [i, chunk] of chunks.entries()) {
    const { storage } = partials;
    const found = { storage, offset: at * 16, size: storage.size - at * 16 };
    device.dispatch(kernel, { entry: 'classify', buffers: { source: arena.bind(arena.gradients, chunk), partials: found }, params: { count: chunk.size / 4, length: CHUNK, chunks: counts[i] ?? 0, limit }, groups: linearGroups(counts[i] ?? 0, 64) });
    at += places[i] ?? 0;
  }
  return partials;
}
