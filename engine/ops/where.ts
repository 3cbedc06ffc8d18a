/** A choice element by element. */
import kernel from '../../kernels/where.wgsl';
import { record } from '../recording.ts';
import { checkDType, checkDevices, checkSameDType, emptyOf } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { aligned, commonShape } from './apply.ts';
import { inFloat32 } from './cast.ts';
import { linearGroups } from './grid.ts';
import { bitsOf } from './scalar.ts';
import { expand } from './shape.ts';

/**
 * `a` where the condition holds, else `b`: a bool tensor and two tensors of one type or numbers, broadcast. Two numbers give float32. What is not
 * chosen has no influence, NaN or not, and a gradient of 0. PyTorch: `torch.where`.
 * @throws ShapeError, DTypeError, TensorError
 */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  const chosen = [a, b].filter((x) => typeof x !== 'number');
  checkDevices('where', condition, ...chosen);
  checkDType('where', condition, 'bool');
  checkSameDType('where', ...chosen);
  const shape = commonShape('where', [condition, ...chosen]);
  // `expand` is on the tape: its derivative sums what was repeated.
  const parents = chosen.map((x) => expand(x, shape));
  const out = inFloat32([expand(condition, shape), ...parents], (operands) => {
    const [c, ...rest] = aligned(operands) as [Tensor, ...Tensor[]];
    const y = emptyOf(c, rest[0]?.dtype ?? 'float32');
    const quads = Math.ceil(c.size / 4);
    const bits = (x: Tensor | number): number => typeof x === 'number' ? bitsOf('where', x, y.dtype) : 0;
    condition.device.dispatch(kernel, {
      overrides: { A_IS_NUMBER: typeof a === 'number' ? 1 : 0, B_IS_NUMBER: typeof b === 'number' ? 1 : 0 },
      // What is a number is not read.
      buffers: { condition: c.binding, a: (rest[0] ?? c).binding, b: (rest.at(-1) ?? c).binding, y: y.binding },
      params: { quads, a_bits: bits(a), b_bits: bits(b) },
      groups: linearGroups(quads, 64),
    });
    return y;
  });
  return record(out, 'where', parents, (g) => [
    ...typeof a === 'number' ? [] : [where(condition, g, 0)],
    ...typeof b === 'number' ? [] : [where(condition, 0, g)],
  ], { others: [condition], attributes: { a: typeof a === 'number' ? a : null, b: typeof b === 'number' ? b : null } });
}
