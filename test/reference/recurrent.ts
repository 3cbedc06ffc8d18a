/** LSTM and GRU, sequence by sequence and step by step, with backpropagation through time by hand. Only steps inside a sequence's length exist. */
import { filled } from './array.ts';
import type { NDArray } from './array.ts';
import { logistic } from './functions.ts';
import type { Reference } from './operation.ts';

export interface Settings {
  readonly cell: 'lstm' | 'gru';
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly bias: boolean;
  /** Null: all as long as the tensor. */
  readonly lengths: readonly number[] | null;
}

type Vector = number[];

/** States before and after a step: hidden, then the LSTM's cell. */
interface Step {
  readonly time: number;
  readonly input: Vector;
  readonly before: readonly Vector[];
  readonly after: readonly Vector[];
  readonly gates: readonly Vector[];
}

/** What flows back out of a step's formula: to the inputs' side of the gates, to the product's side, to the states before. */
interface Flow {
  readonly projected: Vector;
  readonly product: Vector;
  readonly before: Vector[];
}

interface CellFormula {
  readonly gates: number;
  forward(projected: Vector, product: Vector, before: readonly Vector[]): { gates: Vector[]; after: Vector[] };
  /** `size` is the identity, or the absolute value: then the sizes of all terms are added up, to which rounding errors are proportional. */
  backward(step: Step, gradient: readonly Vector[], size: (v: number) => number): Flow;
}

const vector = (length: number, value: (j: number) => number): Vector => Array.from({ length }, (_, j) => value(j));

/** 1 - v. */
const butOf = (size: (v: number) => number) => (v: number): number => 1 + size(-v);

const LSTM: CellFormula = {
  gates: 4,
  forward(projected, product, [h, c]) {
    const hidden = h!.length;
    const at = (gate: number, j: number): number => projected[gate * hidden + j]! + product[gate * hidden + j]!;
    const [i, f, g, o] = [0, 1, 2, 3].map((gate) => vector(hidden, (j) => gate === 2 ? Math.tanh(at(gate, j)) : logistic(at(gate, j)))) as [Vector, Vector, Vector, Vector];
    const cell = vector(hidden, (j) => f[j]! * c![j]! + i[j]! * g[j]!);
    return { gates: [i, f, g, o], after: [vector(hidden, (j) => o[j]! * Math.tanh(cell[j]!)), cell] };
  },
  backward({ gates: [i, f, g, o], before: [, c], after: [, cell] }, [dh, dc], size) {
    const hidden = dh!.length;
    const shown = cell!.map(Math.tanh);
    const but = butOf(size);
    const total = vector(hidden, (j) => dc![j]! + dh![j]! * o![j]! * but(shown[j]! ** 2));
    const gates = [
      vector(hidden, (j) => total[j]! * size(g![j]!) * i![j]! * but(i![j]!)),
      vector(hidden, (j) => total[j]! * size(c![j]!) * f![j]! * but(f![j]!)),
      vector(hidden, (j) => total[j]! * i![j]! * but(g![j]! ** 2)),
      vector(hidden, (j) => dh![j]! * size(shown[j]!) * o![j]! * but(o![j]!)),
    ].flat();
    return { projected: gates, product: gates, before: [vector(hidden, () => 0), vector(hidden, (j) => total[j]! * f![j]!)] };
  },
};

const GRU: CellFormula = {
  gates: 3,
  forward(projected, product, [h]) {
    const hidden = h!.length;
    const [r, z] = [0, 1].map((gate) => vector(hidden, (j) => logistic(projected[gate * hidden + j]! + product[gate * hidden + j]!))) as [Vector, Vector];
    const inner = vector(hidden, (j) => product[2 * hidden + j]!);
    const n = vector(hidden, (j) => Math.tanh(projected[2 * hidden + j]! + r[j]! * inner[j]!));
    return { gates: [r, z, n, inner], after: [vector(hidden, (j) => (1 - z[j]!) * n[j]! + z[j]! * h![j]!)] };
  },
  backward({ gates, before: [h] }, [dh], size) {
    const hidden = dh!.length;
    const [r, z, n, inner] = gates as [Vector, Vector, Vector, Vector];
    const but = butOf(size);
    const dn = vector(hidden, (j) => dh![j]! * but(z[j]!) * but(n[j]! ** 2));
    const dr = vector(hidden, (j) => dn[j]! * size(inner[j]!) * r[j]! * but(r[j]!));
    const dz = vector(hidden, (j) => dh![j]! * (size(h![j]!) + size(-n[j]!)) * z[j]! * but(z[j]!));
    return { projected: [...dr, ...dz, ...dn], product: [...dr, ...dz, ...vector(hidden, (j) => dn[j]! * r[j]!)], before: [vector(hidden, (j) => dh![j]! * z[j]!)] };
  },
};

/** matrix [rows, columns] times x, plus bias. */
function affine(matrix: NDArray, x: Vector, bias: NDArray | null): Vector {
  return vector(matrix.shape[0]!, (row) => x.reduce((sum, value, j) => sum + matrix.data[row * x.length + j]! * value, bias ? bias.data[row]! : 0));
}

interface Part { readonly weightInput: number; readonly weightHidden: number; readonly biasInput: number | null; readonly biasHidden: number | null }

/** Inputs: x `[n, time, input]`, the parameters in PyTorch's order, then the initial states. Result: output, then the last states, as one vector. */
export function recurrentReference(settings: Settings): Reference & { readonly sizes: Reference['gradients'] } {
  const formula = settings.cell === 'lstm' ? LSTM : GRU;
  const planes = settings.cell === 'lstm' ? 2 : 1;
  const directions = settings.bidirectional ? 2 : 1;
  const each = settings.bias ? 4 : 2;
  const count = settings.layers * directions;
  const partOf = (index: number): Part => {
    const first = 1 + index * each;
    return { weightInput: first, weightHidden: first + 1, biasInput: settings.bias ? first + 2 : null, biasHidden: settings.bias ? first + 3 : null };
  };
  const optional = (inputs: readonly NDArray[], at: number | null): NDArray | null => at === null ? null : inputs[at]!;

  function run(inputs: readonly NDArray[]): { result: NDArray; steps: Step[][][] } {
    const [n, time, width] = inputs[0]!.shape as [number, number, number];
    const hidden = inputs[2]!.shape[1]!;
    const lengths = settings.lengths ?? vector(n, () => time);
    let layerInput = vector(n, (b) => b).map((b) => vector(time, (t) => t).map((t) => [...inputs[0]!.data.subarray((b * time + t) * width, (b * time + t + 1) * width)]));
    const steps: Step[][][] = [];
    const last = vector(planes, () => 0).map(() => filled([count, n, hidden], 0));
    for (let layer = 0; layer < settings.layers; layer++) {
      const output = layerInput.map((rows) => rows.map(() => vector(hidden * directions, () => 0)));
      for (let direction = 0; direction < directions; direction++) {
        const index = layer * directions + direction;
        const part = partOf(index);
        steps.push(layerInput.map((rows, b) => {
          let states = vector(planes, (p) => p).map((p) => [...inputs[1 + count * each + p]!.data.subarray((index * n + b) * hidden, (index * n + b + 1) * hidden)]);
          const done: Step[] = [];
          for (let s = 0; s < lengths[b]!; s++) {
            const t = direction === 0 ? s : lengths[b]! - 1 - s;
            const { gates, after } = formula.forward(affine(inputs[part.weightInput]!, rows[t]!, optional(inputs, part.biasInput)), affine(inputs[part.weightHidden]!, states[0]!, optional(inputs, part.biasHidden)), states);
            done.push({ time: t, input: rows[t]!, before: states, after, gates });
            states = after;
            after[0]!.forEach((value, j) => (output[b]![t]![direction * hidden + j] = value));
          }
          states.forEach((state, p) => last[p]!.data.set(state, (index * n + b) * hidden));
          return done;
        }));
      }
      layerInput = output;
    }
    const all = [...layerInput.flat(2), ...last.flatMap((state) => [...state.data])];
    return { result: { shape: [all.length], data: Float64Array.from(all) }, steps };
  }

  function backward(inputs: readonly NDArray[], cotangent: NDArray, size: (v: number) => number): NDArray[] {
    const [n, time, width] = inputs[0]!.shape as [number, number, number];
    const hidden = inputs[2]!.shape[1]!;
    const { steps } = run(inputs);
    const gradients = inputs.map((input) => filled(input.shape, 0));
    const span = n * time * hidden * directions;
    const slot = (plane: number, index: number, b: number): number => span + ((plane * count + index) * n + b) * hidden;
    let dOutput = cotangent.data.slice(0, span).map(size);
    for (let layer = settings.layers - 1; layer >= 0; layer--) {
      const inputWidth = layer === 0 ? width : hidden * directions;
      const dInput = new Float64Array(n * time * inputWidth);
      for (let direction = 0; direction < directions; direction++) {
        const index = layer * directions + direction;
        const part = partOf(index);
        steps[index]!.forEach((done, b) => {
          let states = vector(planes, (p) => p).map((p) => [...cotangent.data.subarray(slot(p, index, b), slot(p, index, b) + hidden)].map(size));
          for (const step of [...done].reverse()) {
            const at = (b * time + step.time) * hidden * directions + direction * hidden;
            states[0] = states[0]!.map((value, j) => value + dOutput[at + j]!);
            const flow = formula.backward(step, states, size);
            spread(inputs[part.weightInput]!, gradients[part.weightInput]!, optional(gradients, part.biasInput), flow.projected, step.input, size, (j, value) => (dInput[(b * time + step.time) * inputWidth + j]! += value));
            states = flow.before;
            spread(inputs[part.weightHidden]!, gradients[part.weightHidden]!, optional(gradients, part.biasHidden), flow.product, step.before[0]!, size, (j, value) => (states[0]![j]! += value));
          }
          states.forEach((state, p) => gradients[1 + count * each + p]!.data.set(state, (index * n + b) * hidden));
        });
      }
      dOutput = dInput;
    }
    gradients[0]!.data.set(dOutput);
    return gradients;
  }

  return {
    forward: (inputs) => run(inputs).result,
    gradients: (inputs, cotangent) => backward(inputs, cotangent, (v) => v),
    sizes: (inputs, cotangent) => backward(inputs, cotangent, Math.abs),
  };
}

/** The derivative of `affine`. */
function spread(matrix: NDArray, dMatrix: NDArray, dBias: NDArray | null, gradient: Vector, x: Vector, size: (v: number) => number, give: (j: number, value: number) => void): void {
  gradient.forEach((g, row) => {
    if (dBias) dBias.data[row]! += g;
    x.forEach((value, j) => {
      dMatrix.data[row * x.length + j]! += g * size(value);
      give(j, g * size(matrix.data[row * x.length + j]!));
    });
  });
}
