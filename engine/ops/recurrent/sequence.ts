/** Sequences of different lengths in one tensor. */
import maskKernel from '../../../kernels/sequence_mask.wgsl';
import { ConfigError, ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import { record } from '../../recording.ts';
import { checkDType, checkDevices, empty, tensor } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { linearGroups } from '../grid.ts';
import { contiguous } from '../strided.ts';

/** One length for each sequence: whole numbers from 0 to `time`, checked; or an int32 tensor `[n]`, in which what is out of range is clamped. */
export type Lengths = Tensor | readonly number[];

/** The lengths on the device. @throws ShapeError, DTypeError, ConfigError, TensorError */
export function lengthsOf(operation: string, x: Tensor, lengths: Lengths): Tensor {
  const [n = 0, time = 0] = x.shape;
  if (isHost(lengths)) {
    if (lengths.length !== n) throw new ShapeError(`${operation}: expected ${n} lengths for ${formatShape(x.shape)}, got ${lengths.length}`);
    lengths.forEach((length, i) => {
      if (!Number.isInteger(length) || length < 0 || length > time) throw new ConfigError(`${operation}: expected lengths from 0 to ${time}, got ${length} for sequence ${i}`);
    });
    return tensor(x.device, Int32Array.from(lengths));
  }
  checkDevices(operation, x, lengths);
  checkDType(operation, lengths, 'int32');
  if (lengths.rank !== 1 || lengths.shape[0] !== n) throw new ShapeError(`${operation}: expected lengths [${n}] for ${formatShape(x.shape)}, got ${formatShape(lengths.shape)}`);
  return contiguous(lengths);
}

function isHost(lengths: Lengths): lengths is readonly number[] {
  return Array.isArray(lengths);
}

/** x `[time, n, width]` up to each sequence's length, 0 from there on, whatever is there; its own derivative. */
export function masked(x: Tensor, lengths: Tensor): Tensor {
  const [, rows = 0, width = 0] = x.shape;
  const out = empty(x.device, x.shape);
  x.device.dispatch(maskKernel, {
    buffers: { x: contiguous(x.detach()).binding, lengths: lengths.binding, y: out.binding },
    params: { elements: x.size, rows, width },
    groups: linearGroups(x.size, 64),
  });
  return record(out, 'masked', [x], (g) => [masked(g, lengths)]);
}
