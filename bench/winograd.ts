/**
 * `npm run bench:winograd [-- --shapes 8x64x28x28x64,... --rounds N]`: 3x3 convolutions with padding 1 and their two gradients by Winograd's way and by the
 * definition, one of each in turn, on one adapter: where the rule of `engine/device/variants.ts` should draw its line. Shapes are images, inputs, height,
 * width, outputs. Processor time beside time on the clock: on a software adapter it hardly depends on what else runs.
 */
import { cpuUsage } from 'node:process';
import { Device, Generator, conv2d, grad, noGrad, rand } from 'lazygrad';
import { renderTable, right } from '../cli/table.ts';
import { expectClose } from './case.ts';
import { flagsOf } from './flags.ts';
import { median } from './median.ts';

const values = flagsOf(import.meta.filename, {
  shapes: { type: 'string', default: '64x32x14x14x64,8x64x56x56x64,8x128x28x28x128,8x256x14x14x256,8x512x7x7x512' },
  rounds: { type: 'string', default: '15' },
});
const rounds = Number(values.rounds);
const WAYS = [{ name: 'definition', winograd: null }, { name: 'winograd', winograd: { sums: { images: 0, weights: 0 }, tiles: 1, workspace: 1 << 26 } }] as const;
const devices = await Promise.all(WAYS.map(({ winograd }) => Device.create({ variants: { winograd } })));

type Kind = 'forward' | 'by images' | 'by weights';
interface Way { readonly device: Device; readonly run: () => number; readonly sample: () => Promise<readonly number[]> }

function wayOf(device: Device, kind: Kind, [n = 0, c = 0, h = 0, w = 0, o = 0]: readonly number[]): Way {
  // Channels last, as the results of operations are stored.
  const image = (channels: number, seed: number) => rand(device, [n, h, w, channels], new Generator(seed), -1, 1).view({ shape: [n, channels, h, w], strides: [h * w * channels, 1, w * channels, channels], offset: 0 });
  const [x, gradient] = [image(c, 1), image(o, 2)];
  const weight = rand(device, [o, c, 3, 3], new Generator(3), -1, 1);
  const parent = kind === 'by images' ? x : weight;
  if (kind !== 'forward') parent.requiresGrad = true;
  const out = kind === 'forward' ? null : conv2d(x, weight, null, { padding: 1 });
  const result = () => {
    const [found] = out ? grad(out, [parent], { gradient }) : [noGrad(() => conv2d(x, weight, null, { padding: 1 }))];
    if (!found) throw new Error('no gradient');
    return found;
  };
  return {
    device,
    run() {
      using _scope = device.scope();
      result();
      device.submit();
      return 2 * 9 * n * c * h * w * o;
    },
    async sample() {
      using _scope = device.scope();
      const all = await result().read();
      return Array.from({ length: 50 }, (_, i) => all[(i * 104_729) % all.length] ?? NaN);
    },
  };
}

const least = (list: readonly number[]): number => Math.min(...list);

async function compare(kind: Kind, shape: readonly number[]): Promise<string[]> {
  const ways = devices.map((device) => wayOf(device, kind, shape));
  const [n = 0, c = 0, h = 0, w = 0] = shape;
  const terms = kind === 'by weights' ? n * h * w : 9 * c;
  const [expected = [], found = []] = await Promise.all(ways.map((way) => way.sample()));
  expected.forEach((value, i) => expectClose(`${kind} ${shape.join('x')}, sample ${i}`, found[i] ?? NaN, value, 1e-5 * Math.sqrt(terms)));
  const times = ways.map(() => ({ clock: [] as number[], processor: [] as number[] }));
  let flops = 0;
  for (let round = 0; round < rounds; round++) {
    for (const [i, { device, run }] of ways.entries()) {
      const [begun, used] = [performance.now(), cpuUsage()];
      flops = run();
      await device.finish();
      const { user, system } = cpuUsage(used);
      times[i]?.clock.push(performance.now() - begun);
      times[i]?.processor.push((user + system) / 1000);
    }
  }
  const [a, b] = times;
  if (!a || !b) throw new Error('two ways');
  const ratio = (of: (list: readonly number[]) => number, what: 'clock' | 'processor'): string => (of(a[what]) / of(b[what])).toFixed(2);
  return [shape.join('x'), kind, (flops / least(a.clock) / 1e6).toFixed(1), (flops / least(b.clock) / 1e6).toFixed(1), ratio(least, 'clock'), ratio(median, 'clock'), ratio(least, 'processor'), ratio(median, 'processor')];
}

const rows: string[][] = [];
for (const shape of values.shapes.split(',')) for (const kind of ['forward', 'by images', 'by weights'] as const) rows.push(await compare(kind, shape.split('x').map(Number)));
console.log(`${devices[0]?.adapter.name ?? ''}; ${rounds} of each; GFLOP/s of the definition's arithmetic at the least time; then the definition's time over Winograd's`);
console.log(renderTable(['shape', 'what', ...['definition', 'winograd', 'least', 'median', 'least processor', 'median processor'].map(right)], rows));
