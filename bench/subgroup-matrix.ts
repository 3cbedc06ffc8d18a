/**
 * `npm run bench:subgroup-matrix [-- --shapes 2048x2048x2048,... --rounds N]`: matrix products on the adapter's units for matrices and by the ordinary kernels,
 * one of each in turn, every product checked against float64 first. Shapes are rows, columns, depth; `docs/gpu.md` says which adapters have units.
 */
import { Device, cast, matmul, noGrad, transpose } from 'lazygrad';
import { renderTable, right } from '../cli/table.ts';
import { flagsOf } from './flags.ts';
import { median } from './median.ts';
import { opCase, uniform } from './op-case.ts';
import { inTurn, ratioOf } from './rounds.ts';
import { Terms, at, places } from './sums.ts';

const values = flagsOf(import.meta.filename, { shapes: { type: 'string', default: '512x512x512,2048x2048x2048,4096x4096x4096,8192x64x64,64x64x65536' }, rounds: { type: 'string', default: '15' } });
type Type = 'float32' | 'float16';
/** Largest error relative to the sum of the sizes of the terms: of sums in float32, and of one more rounding. */
const SHARE: Readonly<Record<Type, number>> = { float32: 1e-6, float16: 1e-6 + 2 ** -11 };

/** `transposed`: B is stored by columns, as a layer's weights are. */
function productOf(type: Type, [m, n, k]: readonly [number, number, number], transposed: boolean) {
  return opCase({
    name: `${type} ${m}x${n}x${k}`,
    inputs: (device) => ({ a: cast(uniform(device, [m, k], 1), type), b: cast(uniform(device, transposed ? [n, k] : [k, n], 2), type) }),
    start: ({ a, b }) => () => ({ c: noGrad(() => matmul(a, transposed ? transpose(b) : b)) }),
    check({ a, b }, { c }) {
      for (const { index: [row = 0, column = 0], flat } of places([m, n], 200)) {
        const sum = new Terms();
        for (let l = 0; l < k; l++) sum.add(at(a, row * k + l) * at(b, transposed ? column * k + l : l * n + column));
        sum.expect(`element ${row}, ${column}`, c[flat], SHARE[type]);
      }
    },
  });
}

function shapeOf(text: string): readonly [number, number, number] {
  const [m = NaN, n = NaN, k = NaN] = text.split('x').map(Number);
  if (![m, n, k].every((size) => Number.isInteger(size) && size > 0)) throw new Error(`--shapes: expected rows x columns x depth, got ${text}`);
  return [m, n, k];
}

const devices = [await Device.create({ subgroupMatrix: true, variants: { matrixUnits: null } }), await Device.create({ subgroupMatrix: true })];
const [, withUnits] = devices;
const units = withUnits?.variants.matrixUnits;
const types = (['float32', 'float16'] as const).filter((type) => units?.[type]);
const rows: string[][] = [];
for (const type of types) {
  for (const shape of values.shapes.split(',').map(shapeOf)) {
    for (const transposed of [false, true]) {
      const contenders = [];
      for (const device of devices) {
        const { run, check } = await productOf(type, shape, transposed).prepare(device);
        await check();
        contenders.push({ run, finish: () => device.finish() });
      }
      const [ordinary = [], matrices = []] = await inTurn(contenders, Number(values.rounds));
      const speed = (times: readonly number[]): string => (2 * shape[0] * shape[1] * shape[2] / median(times) / 1e6).toFixed(1);
      rows.push([type, shape.join('x'), transposed ? 'a b^T' : 'a b', speed(ordinary), speed(matrices), ratioOf(ordinary, matrices).toFixed(2)]);
    }
  }
}
console.log(units
  ? `${withUnits.adapter.name}; ${values.rounds} of each; GFLOP/s at the median time; then the median of the ordinary kernels' time over that of the units\n${renderTable(['type', 'shape', 'product', ...['ordinary', 'units', 'ratio'].map(right)], rows)}`
  : `${withUnits?.adapter.name ?? ''} has no units for matrices that the kernels know: there is nothing to compare`);
for (const device of devices) device.destroy();
