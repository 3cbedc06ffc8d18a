/** Log-softmax and cross-entropy. */
import kernel from '../../kernels/softmax.wgsl';
import { ShapeError } from '../errors.ts';
import { formatShape, sizeOf } from '../layout.ts';
import { isRecording, record } from '../recording.ts';
import { checkDType, checkDevices, empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { exp, mul, sub } from './elementwise.ts';
import { linearGroups } from './grid.ts';
import { mean, sum } from './reduce.ts';
import { reshape } from './shape.ts';
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
    params: { rows, classes, invalid: NaN },
    groups: linearGroups(rows, 64),
  });
  const y: Tensor = record(out, 'logSoftmax', [x], (g) => [sub(g, mul(exp(y), sum(g, { axes: [-1], keepDims: true })))]);
  return y;
}

/**
 * Mean over the rows of `-log softmax(logits)[target]`, in nats. logits `[n, classes]`, targets `[n]` int32 in [0, classes). A target out
 * of range gives NaN. PyTorch: `torch.nn.functional.cross_entropy`.
 * @throws ShapeError, DTypeError
 */
export function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return mean(crossEntropyRows(logits, targets));
}

/** As `crossEntropy`, one loss per row: `[n]`. */
export function crossEntropyRows(logits: Tensor, targets: Tensor): Tensor {
  checkDevices('crossEntropy', logits, targets);
  checkDType('crossEntropy', logits, 'float32');
  checkDType('crossEntropy', targets, 'int32');
  const [rows = 0, classes = 0] = logits.shape;
  if (logits.rank !== 2 || classes < 1 || targets.rank !== 1 || targets.shape[0] !== rows) throw new ShapeError(`crossEntropy: expected logits [n, classes] and targets [n], got ${formatShape(logits.shape)} and ${formatShape(targets.shape)}`);
  if (rows === 0) throw new ShapeError('crossEntropy: no rows');
  const x = contiguous(logits.detach());
  const labels = contiguous(targets);
  const params = { rows, classes, invalid: NaN };
  const groups = linearGroups(rows, 64);
  const out = empty(logits.device, [rows]);
  logits.device.dispatch(kernel, { entry: 'cross_entropy', buffers: { x: x.binding, targets: labels.binding, y: out.binding }, params, groups });
  return record(out, 'crossEntropy', [logits], (g) => {
    // The fused derivative cannot be differentiated itself: where that is asked for, the composite it equals is used.
    if (isRecording()) return [compositeGradient(logits, labels, g)];
    const gradient = empty(logits.device, logits.shape);
    logits.device.dispatch(kernel, { entry: 'gradient', buffers: { x: x.binding, targets: labels.binding, g: contiguous(g).binding, y: gradient.binding }, params, groups });
    return [gradient];
  });
}

/** (softmax(x) - one hot target) * g, out of differentiable operations. */
function compositeGradient(logits: Tensor, labels: Tensor, g: Tensor): Tensor {
  const [rows = 0, classes = 0] = logits.shape;
  const hot = hotRows(labels, classes, NaN);
  return mul(sub(exp(logSoftmax(logits)), hot), reshape(g, [rows, 1]));
}

/** `[n, classes]` with 1 at each label and 0 elsewhere. labels `[n]` int32; one out of range gives a row of zeros. */
export function oneHot(labels: Tensor, classes: number): Tensor {
  return hotRows(labels, classes, 0);
}

/** A label out of range fills its row with `invalid`. */
function hotRows(labels: Tensor, classes: number, invalid: number): Tensor {
  checkDType('oneHot', labels, 'int32');
  const rows = labels.size;
  const out = empty(labels.device, [...labels.shape, classes]);
  labels.device.dispatch(kernel, { entry: 'one_hot', buffers: { targets: contiguous(labels).binding, y: out.binding }, params: { rows, classes, invalid }, groups: linearGroups(out.size, 64) });
  return out;
}
