/** Gradient checkpointing: a stretch of the computation keeps no intermediate results, and is computed again when its gradient is wanted. */
import { partialGradients } from './autograd.ts';
import { TensorError } from './errors.ts';
import { repeatingDraws, withDraws } from './random.ts';
import { isRecording, nextSerial, record, withRecording } from './recording.ts';
import type { Tensor } from './tensor.ts';

/**
 * `f(...inputs)` with the memory of its result alone: what is made inside is freed at once, and made again, with the same random numbers, when
 * the derivative is asked for. Costs one more forward pass of `f`; all orders of differentiation are exact. `f` may use other tensors than its
 * inputs (parameters); it must not have side effects, since it runs again.
 * PyTorch: `torch.utils.checkpoint.checkpoint`. Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016.
 * @throws TensorError without inputs
 * @example const y = checkpoint((x) => relu(linear(x, weight, bias)), x)
 */
export function checkpoint(f: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor {
  const [first] = inputs;
  if (!first) throw new TensorError('checkpoint: expected at least one input, got none');
  if (!isRecording()) return f(...inputs);
  const { device } = first;
  const start = nextSerial();
  let value: Tensor;
  let sources: Tensor[];
  let draws: ReturnType<typeof withDraws>['draws'];
  {
    using _scope = device.scope();
    const once = withDraws(() => f(...inputs));
    ({ draws } = once);
    sources = sourcesOf(once.result, start);
    value = once.result.detach().keep();
  }
  return record(value, 'checkpoint', sources, (gradient) => {
    const again = (): (Tensor | null)[] => {
      const result = withRecording(true, () => repeatingDraws(draws, () => f(...inputs)));
      return partialGradients(result, sources, { gradient, createGraph: isRecording() });
    };
    // Gradients that are on the tape themselves need the intermediate results again.
    if (isRecording()) return again();
    using _scope = device.scope();
    return again().map((part) => part?.keep() ?? null);
  }, null);
}

/** What a result depends on that was there before the tape had reached `start`. */
function sourcesOf(result: Tensor, start: number): Tensor[] {
  const sources: Tensor[] = [];
  const seen = new Set<Tensor>([result]);
  for (const t of seen) {
    if (!t.requiresGrad) continue;
    if (!t.node || t.node.serial < start) sources.push(t);
    else for (const parent of t.node.parents) seen.add(parent);
  }
  return sources;
}
