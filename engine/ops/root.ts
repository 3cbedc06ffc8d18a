/** The square root that deviations and norms end in. */
import kernel from '../../kernels/marks.wgsl';
import { record } from '../recording.ts';
import { empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { affine, div } from './elementwise.ts';
import { linearGroups } from './grid.ts';
import { contiguous } from './strided.ts';

/** Square root; its gradient at 0 is infinite. */
export function root(x: Tensor): Tensor {
  const out = empty(x.device, x.shape);
  x.device.dispatch(kernel, {
    entry: 'root',
    buffers: { x: contiguous(x.detach()).binding, y: out.binding },
    params: { elements: x.size, value: 0 },
    groups: linearGroups(x.size, 64),
  });
  const y: Tensor = record(out, 'root', [x], (g) => [div(affine(g, 0.5, 0), y)]);
  return y;
}
