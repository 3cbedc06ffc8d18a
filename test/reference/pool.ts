/** Maximum pooling: among equals the first, and a NaN wins. */
import { build, filled } from './array.ts';
import type { NDArray } from './array.ts';
import type { Pair } from './conv.ts';
import type { Reference } from './operation.ts';

export interface PoolWindow {
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

/** Position in x of the element that each window chooses. */
function choices(x: NDArray, { size, stride, padding }: PoolWindow): { shape: number[]; chosen: number[] } {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const shape = [n, c, Math.floor((h + 2 * padding[0] - size[0]) / stride[0]) + 1, Math.floor((w + 2 * padding[1] - size[1]) / stride[1]) + 1];
  const chosen: number[] = [];
  build(shape, (index) => {
    const [image, channel, oy, ox] = index as [number, number, number, number];
    let best = -1;
    for (let ky = 0; ky < size[0]; ky++) for (let kx = 0; kx < size[1]; kx++) {
      const y = oy * stride[0] + ky - padding[0];
      const xx = ox * stride[1] + kx - padding[1];
      if (y < 0 || y >= h || xx < 0 || xx >= w) continue;
      const at = ((image * c + channel) * h + y) * w + xx;
      const better = best < 0 || x.data[at]! > x.data[best]! || (Number.isNaN(x.data[at]) && !Number.isNaN(x.data[best]));
      if (better) best = at;
    }
    return chosen.push(best);
  });
  return { shape, chosen };
}

export function maxPoolReference(window: PoolWindow): Reference {
  return {
    forward([x]) {
      const { shape, chosen } = choices(x!, window);
      return build(shape, (_, at) => x!.data[chosen[at]!]!);
    },
    gradients([x], cotangent) {
      const out = filled(x!.shape, 0);
      choices(x!, window).chosen.forEach((place, at) => out.data[place]! += cotangent.data[at]!);
      return [out];
    },
  };
}
