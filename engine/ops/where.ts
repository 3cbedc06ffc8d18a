/** A choice element by element. */
import kernel from '../../kernels/where.wgsl';
import { record } from '../recording.ts';
import { checkDType, checkDevices, emptyOf } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { aligned, commonShape } from './apply.ts';
import { linearGroups } from './grid.ts';
import { expand } from './shape.ts';

/**
 * `a` where the condition holds, else `b`: a bool tensor and two float32 ones or numbers, broadcast. What is not chosen has no influence, NaN or
 * not, and a gradient of 0. PyTorch: `torch.where`.
 * @throws ShapeError, DTypeError, TensorError
 */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  const chosen = [a, b].filter((x) => typeof x !== 'number');
  checkDevices('where', condition, ...chosen);
  checkDType('where', condition, 'bool');
  for (const x of chosen) checkDType('where', x, 'float32');
  const shape = commonShape('where', [condition, ...chosen]);
  // `expand` is on the tape: its derivative sums what was repeated.
  const parents = chosen.map((x) => expand(x, shape));
  const [c, ...rest] = aligned([expand(condition, shape), ...parents]) as [Tensor, ...Tensor[]];
  const out = emptyOf(c, 'float32');
  const quads = Math.ceil(c.size / 4);
  condition.device.dispatch(kernel, {
    overrides: { A_IS_NUMBER: typeof a === 'number' ? 1 : 0, B_IS_NUMBER: typeof b === 'number' ? 1 : 0 },
    // What is a number is not read.
    buffers: { condition: c.binding, a: (rest[0] ?? c).binding, b: (rest.at(-1) ?? c).binding, y: out.binding },
    params: { quads, a_number: typeof a === 'number' ? a : 0, b_number: typeof b === 'number' ? b : 0 },
    groups: linearGroups(quads, 64),
  });
  return record(out, 'where', parents, (g) => [
    ...typeof a === 'number' ? [] : [where(condition, g, 0)],
    ...typeof b === 'number' ? [] : [where(condition, 0, g)],
  ]);
}
