/** Long short-term memory from zero states, `[n, time, in]` to the hidden states of the last layer `[n, time, hidden * directions]`. PyTorch: `torch.nn.LSTM`. */
import * as ops from '../../engine/index.ts';
import type { RecurrentShape } from '../../engine/index.ts';
import { kaimingUniform } from '../init.ts';
import type { Layer } from './layer.ts';

export function lstm(name: string, input: number, hidden: number, options: RecurrentShape = {}): Layer {
  const init = kaimingUniform(hidden);
  return {
    specs: ops.recurrentParameters('lstm', input, hidden, options).map((parameter) => ({ name: `${name}.${parameter.name}`, shape: parameter.shape, init })),
    forward: (x, parameters) => ops.lstm(x, { get: (parameter) => parameters.get(`${name}.${parameter}`) }, options).output,
  };
}
