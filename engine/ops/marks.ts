/** Marks of ties, and single values replaced: what the derivatives and guards of reductions need. Off the tape, or neutral on it. */
import kernel from '../../kernels/marks.wgsl';
import { record } from '../recording.ts';
import { empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { linearGroups } from './grid.ts';
import { expand } from './shape.ts';
import { contiguous } from './strided.ts';

/** 1 where `x` equals `top`, 0 elsewhere, NaN where `top` is NaN; `top` broadcasts to `x`. A constant. */
export function ties(x: Tensor, top: Tensor): Tensor {
  const out = empty(x.device, x.shape);
  x.device.dispatch(kernel, {
    entry: 'ties',
    buffers: { x: contiguous(x.detach()).binding, top: contiguous(expand(top.detach(), x.shape)).binding, y: out.binding },
    params: { elements: x.size, value: NaN },
    groups: linearGroups(x.size, 64),
  });
  return out;
}

/** `x` with every infinity, or zero, replaced by `value`. The derivative is that of `x`: the caller sees to it that it does not matter there. */
export function replace(x: Tensor, what: { readonly infinities?: boolean; readonly zeros?: boolean }, value: number): Tensor {
  const out = empty(x.device, x.shape);
  x.device.dispatch(kernel, {
    entry: 'replace',
    overrides: { INFINITE: what.infinities ? 1 : 0, ZERO: what.zeros ? 1 : 0 },
    buffers: { x: contiguous(x.detach()).binding, y: out.binding },
    params: { elements: x.size, value },
    groups: linearGroups(x.size, 64),
  });
  return record(out, 'replace', [x], (g) => [g]);
}
