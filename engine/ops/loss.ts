/** Cross-entropy between classes, and one-hot. */
import kernel from '../../kernels/cross_entropy.wgsl';
import { formatShape } from '../layout.ts';
import { ShapeError } from '../errors.ts';
import { isRecording, record } from '../recording.ts';
import { report } from '../reports.ts';
import { checkDType, checkDevices, empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { exp, mul, sub } from './elementwise.ts';
import { linearGroups } from './grid.ts';
import { hasHalf, widened } from './half.ts';
import { checkReduction, reduceLoss } from './losses/reduction.ts';
import type { LossOptions } from './losses/reduction.ts';
import { checkClassOptions, expectedTargets, weightedCrossEntropy } from './losses/weighted-cross-entropy.ts';
import type { ClassOptions } from './losses/weighted-cross-entropy.ts';
import { reshape } from './shape.ts';
import { logSoftmax } from './softmax.ts';
import { contiguous } from './strided.ts';

export type CrossEntropyOptions = LossOptions & ClassOptions;

/**
 * `-log softmax(logits)[target]`, in nats, averaged over the rows unless `reduction` says otherwise (`none`: `[n]`); float32, of float16 logits
 * too. logits `[n, classes]`, targets `[n]` int32 in [0, classes). A target out of range is an
 * IndexError at the next read-back or `finish()`, and gives NaN. With class weights the mean is the weighted one: the sum divided by
 * the weights of the targets that count; it is NaN when none counts. PyTorch: `torch.nn.functional.cross_entropy`, whose `ignore_index` is
 * -100 unless set; here no label is ignored unless asked.
 * @throws ShapeError, DTypeError, ConfigError
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  if (hasHalf(logits)) return crossEntropy(widened(logits), targets, options);
  const { reduction = 'mean', labelSmoothing = 0, weight, ignoreIndex } = options;
  checkReduction('crossEntropy', reduction);
  checkRows(logits, targets);
  checkClassOptions(logits, options);
  if (labelSmoothing === 0 && !weight && ignoreIndex === undefined) return reduceLoss(crossEntropyRows(logits, targets), reduction);
  return weightedCrossEntropy(logits, targets, reduction, options);
}

/** As `crossEntropy`, one loss per row: `[n]`. */
export function crossEntropyRows(logits: Tensor, targets: Tensor): Tensor {
  if (hasHalf(logits)) return crossEntropyRows(widened(logits), targets);
  checkRows(logits, targets);
  const [rows = 0, classes = 0] = logits.shape;
  const x = contiguous(logits.detach());
  const labels = contiguous(targets);
  const { faults } = logits.device;
  const params = { rows, classes, invalid: NaN, code: faults.code(expectedTargets(logits.shape)) };
  const groups = linearGroups(rows, 64);
  const out = empty(logits.device, [rows]);
  logits.device.dispatch(kernel, { entry: 'cross_entropy', buffers: { x: x.binding, targets: labels.binding, y: out.binding, faults: faults.binding }, params, groups });
  return record(out, 'crossEntropy', [logits], (g) => {
    // The fused derivative cannot be differentiated itself: where that is asked for, the composite it equals is used.
    if (isRecording()) return [compositeGradient(logits, labels, g)];
    const gradient = empty(logits.device, logits.shape);
    logits.device.dispatch(kernel, { entry: 'gradient', buffers: { x: x.binding, targets: labels.binding, g: contiguous(g).binding, y: gradient.binding }, params, groups });
    return [gradient];
  });
}

function checkRows(logits: Tensor, targets: Tensor): void {
  checkDevices('crossEntropy', logits, targets);
  checkDType('crossEntropy', logits, 'float32');
  checkDType('crossEntropy', targets, 'int32');
  const [rows = 0, classes = 0] = logits.shape;
  if (logits.rank !== 2 || classes < 1 || targets.rank !== 1 || targets.shape[0] !== rows) throw new ShapeError(`crossEntropy: expected logits [n, classes] and targets [n], got ${formatShape(logits.shape)} and ${formatShape(targets.shape)}`);
  if (rows === 0) throw new ShapeError('crossEntropy: no rows');
}

/** (softmax(x) - one hot target) * g, out of differentiable operations. */
function compositeGradient(logits: Tensor, labels: Tensor, g: Tensor): Tensor {
  const [rows = 0, classes = 0] = logits.shape;
  const hot = hotRows(labels, classes, expectedTargets(logits.shape));
  return mul(sub(exp(logSoftmax(logits)), hot), reshape(g, [rows, 1]));
}

/**
 * 1 at each label and 0 elsewhere, float32: labels of any shape, int32 in [0, classes), give `[...labels, classes]`. A label out of range is an
 * IndexError at the next read-back or `finish()`, and gives NaN. PyTorch: `torch.nn.functional.one_hot`, whose result is of integers.
 * @throws ShapeError, DTypeError
 */
export function oneHot(labels: Tensor, classes: number): Tensor {
  checkDType('oneHot', labels, 'int32');
  if (!Number.isInteger(classes) || classes < 1) throw new ShapeError(`oneHot: expected at least one class, got ${classes}`);
  return hotRows(labels, classes, `oneHot: expected labels from 0 to ${classes - 1}`);
}

/** @param expectation what is said of a label out of range */
function hotRows(labels: Tensor, classes: number, expectation: string): Tensor {
  const { device, size: rows } = labels;
  const out = empty(device, [...labels.shape, classes]);
  device.dispatch(kernel, {
    entry: 'one_hot',
    buffers: { targets: contiguous(labels).binding, y: out.binding, faults: device.faults.binding },
    params: { rows, classes, invalid: NaN, code: device.faults.code(expectation) },
    groups: linearGroups(out.size, 64),
  });
  report('oneHot', [labels], [out]);
  return out;
}
