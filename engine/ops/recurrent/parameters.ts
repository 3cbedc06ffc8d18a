/** The parameters of recurrent layers, by PyTorch's names and in PyTorch's layouts, so that state dicts load as they are. */
import { ConfigError, ShapeError } from '../../errors.ts';
import { formatShape, sameShape } from '../../layout.ts';
import type { Shape } from '../../layout.ts';
import { checkDevices, checkFloating } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';

/** Where the parameters come from: an arena, for example, or a view of one. */
export interface RecurrentParameters {
  get(name: string): Tensor;
}

export interface RecurrentShape {
  /** Default 1. */
  readonly layers?: number;
  /** Default false. */
  readonly bidirectional?: boolean;
  /** Whether there are biases; default true. */
  readonly bias?: boolean;
}

export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

const GATES = { lstm: 4, gru: 3 } as const;

/** What ends the names of one layer and direction. */
function suffix(layer: number, direction: number): string {
  return `_l${layer}${direction === 1 ? '_reverse' : ''}`;
}

/** Numbers of layers and directions. @throws ConfigError */
export function layersOf(operation: string, { layers = 1, bidirectional = false }: RecurrentShape): { layers: number; directions: 1 | 2 } {
  if (!Number.isInteger(layers) || layers < 1) throw new ConfigError(`${operation}: layers: expected a whole number from 1, got ${layers}`);
  return { layers, directions: bidirectional ? 2 : 1 };
}

function shapesOf(cell: keyof typeof GATES, width: number, hidden: number, bias: boolean): NamedShape[] {
  const rows = GATES[cell] * hidden;
  const matrices = [{ name: 'weight_ih', shape: [rows, width] }, { name: 'weight_hh', shape: [rows, hidden] }];
  return bias ? [...matrices, { name: 'bias_ih', shape: [rows] }, { name: 'bias_hh', shape: [rows] }] : matrices;
}

/**
 * Names and shapes of all parameters of `lstm` or `gru`, in the order of PyTorch's state dict: for layer k, `weight_ih_lk`
 * `[gates * hidden, input]`, `weight_hh_lk` `[gates * hidden, hidden]`, `bias_ih_lk` and `bias_hh_lk` `[gates * hidden]`, and the same with
 * `_reverse`. Gates are i, f, g, o, or r, z, n. PyTorch draws all of them uniformly from ±1 / sqrt(hidden).
 * @throws ConfigError unless sizes and layers are whole numbers from 1
 * @example const specs = recurrentParameters('lstm', 8, 32).map(({ name, shape }) => ({ name: `lstm.${name}`, shape, init }))
 * lstm(x, { get: (name) => arena.get(`lstm.${name}`) })
 */
export function recurrentParameters(cell: 'lstm' | 'gru', input: number, hidden: number, options: RecurrentShape = {}): NamedShape[] {
  for (const [name, size] of [['input', input], ['hidden', hidden]] as const) if (!Number.isInteger(size) || size < 1) throw new ConfigError(`${cell}: ${name}: expected a whole number from 1, got ${size}`);
  const { layers, directions } = layersOf(cell, options);
  return Array.from({ length: layers * directions }, (_, i) => {
    const layer = Math.floor(i / directions);
    return shapesOf(cell, layer === 0 ? input : hidden * directions, hidden, options.bias ?? true).map(({ name, shape }) => ({ name: name + suffix(layer, i % directions), shape }));
  }).flat();
}

/** The parameters of one layer and direction. */
export interface LayerParameters {
  readonly weightInput: Tensor;
  readonly weightHidden: Tensor;
  readonly biasInput: Tensor | null;
  readonly biasHidden: Tensor | null;
}

/** @throws ShapeError, DTypeError, TensorError unless the tensors are what `recurrentParameters` lists */
export function layerParameters(cell: 'lstm' | 'gru', x: Tensor, parameters: RecurrentParameters, width: number, hidden: number, layer: number, direction: number, bias: boolean): LayerParameters {
  const [weightInput, weightHidden, biasInput = null, biasHidden = null] = shapesOf(cell, width, hidden, bias).map(({ name, shape }) => {
    const full = name + suffix(layer, direction);
    const parameter = parameters.get(full);
    checkDevices(cell, x, parameter);
    checkFloating(cell, parameter);
    if (!sameShape(parameter.shape, shape)) throw new ShapeError(`${cell}: expected ${full} ${formatShape(shape)}, got ${formatShape(parameter.shape)}`);
    return parameter;
  }) as [Tensor, Tensor, Tensor?, Tensor?];
  return { weightInput, weightHidden, biasInput, biasHidden };
}

/** @throws ShapeError */
export function hiddenSize(cell: 'lstm' | 'gru', parameters: RecurrentParameters): number {
  const { shape } = parameters.get('weight_hh_l0');
  const [rows = 0, hidden = 0] = shape;
  if (shape.length !== 2 || hidden < 1 || rows !== GATES[cell] * hidden) throw new ShapeError(`${cell}: expected weight_hh_l0 [${GATES[cell]} * hidden, hidden], got ${formatShape(shape)}`);
  return hidden;
}
