/** Cross-entropy with class weights, label smoothing and ignored labels. */
import kernel from '../../../kernels/weighted_cross_entropy.wgsl';
import { ConfigError, ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import type { Shape } from '../../layout.ts';
import { isRecording, record } from '../../recording.ts';
import { checkDevices, checkFloating, empty, tensor } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { div, exp, mul, ne, sub, where } from '../elementwise.ts';
import { widened } from '../half.ts';
import { linearGroups } from '../grid.ts';
import { sum } from '../reduce.ts';
import { reshape } from '../shape.ts';
import { logSoftmax } from '../softmax.ts';
import { contiguous } from '../strided.ts';
import { reduceLoss } from './reduction.ts';
import type { Reduction } from './reduction.ts';

export interface ClassOptions {
  /** Share of the target that is spread evenly over all classes, in [0, 1] (Szegedy et al., 2016); default 0. */
  readonly labelSmoothing?: number;
  /** Weight of each class, `[classes]`, each at least 0; no gradient flows to it. Default: 1. */
  readonly weight?: Tensor;
  /** Rows with this target have loss 0 and count for nothing. Default: none. */
  readonly ignoreIndex?: number;
}

/** What a kernel says of a target that is out of range. */
export function expectedTargets([, classes = 0]: Shape): string {
  return `crossEntropy: expected targets from 0 to ${classes - 1}`;
}

/** @throws ConfigError, ShapeError, DTypeError, TensorError */
export function checkClassOptions(logits: Tensor, { labelSmoothing = 0, weight, ignoreIndex = 0 }: ClassOptions): void {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) throw new ConfigError(`crossEntropy: labelSmoothing: expected a number in [0, 1], got ${labelSmoothing}`);
  if ((ignoreIndex | 0) !== ignoreIndex) throw new ConfigError(`crossEntropy: ignoreIndex: expected an int32, got ${ignoreIndex}`);
  if (!weight) return;
  checkDevices('crossEntropy', logits, weight);
  checkFloating('crossEntropy', weight);
  if (weight.rank !== 1 || weight.shape[0] !== logits.shape[1]) throw new ShapeError(`crossEntropy: expected weight [classes] for logits ${formatShape(logits.shape)}, got ${formatShape(weight.shape)}`);
}

/** logits `[n, classes]`, targets `[n]`, both checked by the caller. */
export function weightedCrossEntropy(logits: Tensor, targets: Tensor, reduction: Reduction, { labelSmoothing = 0, weight, ignoreIndex }: ClassOptions): Tensor {
  const { device, shape } = logits;
  const [rows = 0, classes = 0] = shape;
  const expected = `${expectedTargets(shape)}${ignoreIndex === undefined ? '' : `, or ${ignoreIndex}`}`;
  const params = { rows, classes, invalid: NaN, code: device.faults.code(expected), smoothing: labelSmoothing, ignores: ignoreIndex === undefined ? 0 : 1, ignored: ignoreIndex ?? 0 };
  const groups = linearGroups(rows, 64);
  const q = empty(device, shape);
  const counted = empty(device, [rows]);
  const weights = weight ? contiguous(widened(weight.detach())) : tensor(device, new Float32Array(classes).fill(1));
  device.dispatch(kernel, { entry: 'soft_targets', buffers: { targets: contiguous(targets).binding, weight: weights.binding, q: q.binding, counted: counted.binding, faults: device.faults.binding }, params, groups });
  const x = contiguous(logits.detach());
  const out = empty(device, [rows]);
  device.dispatch(kernel, { entry: 'loss', buffers: { x: x.binding, q: q.binding, y: out.binding }, params, groups });
  const losses = record(out, 'crossEntropy', [logits], (g) => {
    // The fused derivative cannot be differentiated itself: where that is asked for, the composite it equals is used.
    if (isRecording()) return [compositeGradient(logits, q, g)];
    const gradient = empty(device, shape);
    device.dispatch(kernel, { entry: 'gradient', buffers: { x: x.binding, q: q.binding, g: contiguous(g).binding, y: gradient.binding }, params, groups });
    return [gradient];
  });
  return reduceLoss(losses, reduction, (all) => div(sum(all), sum(counted)));
}

/** (softmax(x) * sum(q) - q) * g, out of differentiable operations; 0 in rows that do not count, whatever their logits. */
function compositeGradient(logits: Tensor, q: Tensor, g: Tensor): Tensor {
  const total = sum(q, { axes: [-1], keepDims: true });
  const counts = ne(total, 0);
  const softmax = exp(logSoftmax(where(counts, logits, 0)));
  return where(counts, mul(sub(mul(softmax, total), q), reshape(g, [g.size, 1])), 0);
}
