/** Convolutions at the models' shapes: forward, the gradient by the images alone, that by the weights alone. */
import { conv2d, grad, noGrad } from 'lazygrad';
import type { Case, Size } from '../case.ts';
import { leaves, opCase, present, uniform } from '../op-case.ts';
import { Terms, at, places } from '../sums.ts';

interface Convolution {
  readonly name: string;
  readonly n: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: number;
}

const squareImage = (name: string, n: number, inputs: number, outputs: number, side: number, taps: number, stride = 1): Convolution =>
  ({ name, n, inputs, outputs, height: side, width: side, taps, stride, padding: taps >> 1 });

function shapes(size: Size): Convolution[] {
  if (size === 'small') {
    return [squareImage('3x3', 2, 4, 8, 7, 3), squareImage('1x1', 2, 8, 4, 5, 1), squareImage('3x3-strided', 2, 4, 8, 8, 3, 2)];
  }
  const [cnn, resNet, crnn] = size === 'gpu' ? [256, 32, 64] : [64, 2, 4];
  return [
    squareImage('multi-task-cnn', cnn, 32, 64, 14, 3),
    // ResNet-50's first and second resolution.
    squareImage('resnet-3x3', resNet, 64, 64, 56, 3),
    squareImage('resnet-1x1', resNet, 64, 256, 56, 1),
    squareImage('resnet-3x3-strided', resNet, 128, 128, 56, 3, 2),
    // The second of CRNN's, of spectrograms of 128 x 64.
    { name: 'crnn', n: crnn, inputs: 32, outputs: 64, height: 64, width: 64, taps: 5, stride: 1, padding: 2 },
  ];
}

function casesOf(c: Convolution): Case[] {
  const { n, inputs, outputs, height, width, taps, stride, padding } = c;
  const [oh, ow] = [height, width].map((length) => Math.floor((length + 2 * padding - taps) / stride) + 1) as [number, number];
  const [xShape, wShape, yShape] = [[n, inputs, height, width], [outputs, inputs, taps, taps], [n, outputs, oh, ow]];
  const options = { stride, padding };
  const flops = 2 * n * outputs * oh * ow * inputs * taps * taps;
  const xAt = (i: number, channel: number, y: number, x: number): number | null => y >= 0 && x >= 0 && y < height && x < width ? ((i * inputs + channel) * height + y) * width + x : null;
  const wAt = (o: number, channel: number, ky: number, kx: number): number => ((o * inputs + channel) * taps + ky) * taps + kx;
  const yAt = (i: number, o: number, y: number, x: number): number => ((i * outputs + o) * oh + y) * ow + x;
  return [
    opCase({
      name: `kernel/conv2d/${c.name}/forward`, flops,
      inputs: (device) => ({ x: uniform(device, xShape, 1), weight: uniform(device, wShape, 2) }),
      start: ({ x, weight }) => () => ({ y: noGrad(() => conv2d(x, weight, null, options)) }),
      check({ x, weight }, { y }) {
        for (const { index: [i = 0, o = 0, oy = 0, ox = 0], flat } of places(yShape, 60)) {
          const sum = new Terms();
          for (let channel = 0; channel < inputs; channel++) for (let ky = 0; ky < taps; ky++) for (let kx = 0; kx < taps; kx++) {
            const place = xAt(i, channel, oy * stride + ky - padding, ox * stride + kx - padding);
            if (place !== null) sum.add(at(x, place) * at(weight, wAt(o, channel, ky, kx)));
          }
          sum.expect(`pixel ${i}, ${o}, ${oy}, ${ox}`, y[flat]);
        }
      },
    }),
    opCase({
      name: `kernel/conv2d/${c.name}/by-input`, flops,
      inputs: (device) => ({ weight: uniform(device, wShape, 2), g: uniform(device, yShape, 3) }),
      start({ weight, g }) {
        const [x] = leaves(uniform(g.device, xShape, 1));
        const y = conv2d(present(x), weight, null, options);
        return () => ({ dx: present(grad(y, [present(x)], { gradient: g })[0]) });
      },
      check({ weight, g }, { dx }) {
        for (const { index: [i = 0, channel = 0, iy = 0, ix = 0], flat } of places(xShape, 60)) {
          const sum = new Terms();
          for (let ky = 0; ky < taps; ky++) for (let kx = 0; kx < taps; kx++) {
            const [oy, ox] = [(iy + padding - ky) / stride, (ix + padding - kx) / stride];
            if (!Number.isInteger(oy) || !Number.isInteger(ox) || oy < 0 || ox < 0 || oy >= oh || ox >= ow) continue;
            for (let o = 0; o < outputs; o++) sum.add(at(g, yAt(i, o, oy, ox)) * at(weight, wAt(o, channel, ky, kx)));
          }
          sum.expect(`gradient by pixel ${i}, ${channel}, ${iy}, ${ix}`, dx[flat]);
        }
      },
    }),
    opCase({
      name: `kernel/conv2d/${c.name}/by-weight`, flops,
      inputs: (device) => ({ x: uniform(device, xShape, 1), g: uniform(device, yShape, 3) }),
      start({ x, g }) {
        const [weight] = leaves(uniform(g.device, wShape, 2));
        const y = conv2d(x, present(weight), null, options);
        return () => ({ dw: present(grad(y, [present(weight)], { gradient: g })[0]) });
      },
      check({ x, g }, { dw }) {
        for (const { index: [o = 0, channel = 0, ky = 0, kx = 0], flat } of places(wShape, 30)) {
          const sum = new Terms();
          for (let i = 0; i < n; i++) for (let oy = 0; oy < oh; oy++) for (let ox = 0; ox < ow; ox++) {
            const place = xAt(i, channel, oy * stride + ky - padding, ox * stride + kx - padding);
            if (place !== null) sum.add(at(x, place) * at(g, yAt(i, o, oy, ox)));
          }
          sum.expect(`gradient by weight ${o}, ${channel}, ${ky}, ${kx}`, dw[flat]);
        }
      },
    }),
  ];
}

export const convCases = (size: Size): readonly Case[] => shapes(size).flatMap(casesOf);
