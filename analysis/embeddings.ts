/** What a model makes of samples on the way to its outputs, in evaluation: no dropout, running statistics, no tape. */
import { noGrad, permute, reshape } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import type { Representation } from './representation.ts';

/** What the task's head is given for inputs `[n, ...]`: the penultimate representation. @throws ConfigError for an unknown task */
export async function embed(model: MultiTaskModel, task: string, x: Tensor): Promise<Representation> {
  const [made] = await inEvaluation(model, () => [model.represent(x, task)]);
  return made ?? { samples: 0, features: 0, values: [] };
}

/**
 * What each stage of the trunk makes of inputs `[n, ...]`, flattened to `[n, features]`, the last being what `embed` gives. That alone for a trunk without
 * stages. @throws ConfigError for an unknown task
 */
export function embedStages(model: MultiTaskModel, task: string, x: Tensor): Promise<Representation[]> {
  return inEvaluation(model, () => model.representStages(x, task));
}

/**
 * What each expert of a `multiGate` makes of inputs `[n, ...]`, whether the task's gate lets it through or not; none for other trunks.
 * @throws ConfigError for an unknown task
 */
export async function embedExperts(model: MultiTaskModel, task: string, x: Tensor): Promise<Representation[]> {
  const [made] = await inEvaluation(model, () => {
    const seen: Tensor[] = [];
    model.forward(x, task, { observe: (name, value) => name === 'experts' && seen.push(value) });
    return seen.map((value) => reshape(permute(value, [1, 0, 2]), [value.shape[1] ?? 0, -1]));
  });
  if (!made) return [];
  const [samples, size] = [x.shape[0] ?? 0, made.features];
  return Array.from({ length: made.samples }, (_, e) => ({ samples, features: size / samples, values: Array.from({ length: size }, (__, i) => made.values[e * size + i] ?? NaN) }));
}

/** Read back, and the model then in the mode it was in. */
async function inEvaluation(model: MultiTaskModel, make: () => readonly Tensor[]): Promise<Representation[]> {
  const { training } = model;
  using _scope = model.shared.device.scope();
  model.eval();
  try {
    const found: Representation[] = [];
    for (const tensor of noGrad(make)) {
      const samples = tensor.shape[0] ?? 0;
      found.push({ samples, features: tensor.size / samples, values: await tensor.read() });
    }
    return found;
  } finally {
    model.train(training);
  }
}
