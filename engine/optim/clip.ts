/** Clipping of the gradients of an arena by their global norm, without reading anything back. */
import kernel from '../../kernels/grad_norm.wgsl';
import type { ParameterArena } from '../arena.ts';
import { ConfigError } from '../errors.ts';
import { linearGroups } from '../ops/grid.ts';
import { empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';

const CHUNK = 64;

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
  const { device, gradients, capacity } = arena;
  const quads = capacity / 4;
  const limit = Math.min(maxNorm, 2 ** 127);
  let source = gradients;
  let count = quads;
  do {
    const chunks = Math.ceil(count / CHUNK);
    const partials = empty(device, [chunks, 4]);
    device.dispatch(kernel, {
      entry: count === quads && source === gradients ? 'classify' : 'fold',
      buffers: { source: source.binding, partials: partials.binding },
      params: { count, length: CHUNK, chunks, limit },
      groups: linearGroups(chunks, 64),
    });
    source = partials;
    count = chunks;
  } while (count > 1);
  const result = empty(device, [4]);
  device.dispatch(kernel, { entry: 'finish', buffers: { source: source.binding, partials: result.binding }, params: { count, length: CHUNK, chunks: 1, limit }, groups: [1] });
  device.dispatch(kernel, { entry: 'scale', buffers: { factors: result.binding, gradient: gradients.binding }, params: { count: quads, length: CHUNK, chunks: 1, limit }, groups: linearGroups(quads, 64) });
  return result.view({ shape: [], strides: [], offset: 0 });
}
