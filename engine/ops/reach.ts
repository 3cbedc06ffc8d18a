/** What a kernel that addresses a view by strides must bind. */
import type { Binding } from '../device/stream.ts';
import { bytesOf } from '../dtype.ts';
import { LimitError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import type { Tensor } from '../tensor.ts';

const ALIGNMENT = 256;

/**
 * The range to bind and where in it the first element is, in elements: the whole storage, or where that is too large for one binding, the part
 * that the view's elements are in.
 * @throws LimitError when they are in no range that one binding can take
 */
export function reach(t: Tensor): { readonly binding: Binding; readonly offset: number } {
  const { storage, device: { bindingLimit } } = t;
  if (storage.size <= bindingLimit) return { binding: { storage, offset: 0, size: storage.size }, offset: t.offset };
  const steps = t.shape.map((size, d) => (size - 1) * (t.strides[d] ?? 0));
  const first = t.offset + steps.reduce((sum, step) => sum + Math.min(0, step), 0);
  const last = t.offset + steps.reduce((sum, step) => sum + Math.max(0, step), 0);
  const bytes = bytesOf(t.dtype);
  const offset = Math.floor(first * bytes / ALIGNMENT) * ALIGNMENT;
  const size = Math.min(bindingLimit, storage.size - offset);
  if ((last + 1) * bytes > offset + size) throw new LimitError(`a view ${formatShape(t.shape)} spans ${(last + 1) * bytes - offset} bytes, more than the adapter's limit of ${bindingLimit} bytes for one binding`);
  return { binding: { storage, offset, size }, offset: t.offset - offset / bytes };
}
