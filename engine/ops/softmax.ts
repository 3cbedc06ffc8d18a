/** The logarithm of softmax. */
import kernel from '../../kernels/softmax.wgsl';
import { ShapeError } from '../errors.ts';
import { formatShape, sizeOf } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDType, empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { exp, mul, sub } from './elementwise.ts';
import { linearGroups } from './grid.ts';
import { sum } from './reduce.ts';
import { contiguous } from './strided.ts';

/** `x - log(sum(exp(x)))` over the last axis. PyTorch: `torch.log_softmax(x, -1)`. */
export function logSoftmax(x: Tensor): Tensor {
  checkDType('logSoftmax', x, 'float32');
  const classes = x.shape.at(-1);
  if (!classes) throw new ShapeError(`logSoftmax: expected a last axis of at least 1, got ${formatShape(x.shape)}`);
  const rows = sizeOf(x.shape) / classes;
  const out = empty(x.device, x.shape);
  x.device.dispatch(kernel, {
    entry: 'log_softmax',
    buffers: { x: contiguous(x.detach()).binding, y: out.binding },
    params: { rows, classes, invalid: NaN, code: 0 },
    groups: linearGroups(rows, 64),
  });
  const y: Tensor = record(out, 'logSoftmax', [x], (g) => [sub(g, mul(exp(y), sum(g, { axes: [-1], keepDims: true })))]);
  return y;
}
