/** What is measured on a trained model: whether the tasks still pull it the same way, what a step of one does to the others, and how alike its representations are. */
import { embedExperts, embedStages, expertDiversity, gradientCosines, linearCKA, similarityMatrix, stepEffects } from '../analysis/index.ts';
import type { Representation, StepEffect } from '../analysis/index.ts';
import { streamBatches, targetsPerSample } from '../data/index.ts';
import type { Batch, Dataset, Task } from '../data/index.ts';
import { sizeOf } from '../engine/index.ts';
import type { Device, Tensor } from '../engine/index.ts';
import { inputsOf, targetsOf, taskLoss } from '../methods/index.ts';
import type { UpdateRule } from '../methods/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import type { RunAnalysis, Steps } from './report/analysis.ts';

type Alignments = NonNullable<RunAnalysis['cka']>;

/**
 * On validation samples, in evaluation: without dropout, normalised by running statistics.
 * @param samples of each task, at most
 * @param step the learning rate of a step, and the rule that scales it where the method has masks
 */
export async function analyse(device: Device, model: MultiTaskModel, dataset: Dataset, samples: number, step: StepOf): Promise<RunAnalysis> {
  const { training } = model;
  const batches = await Promise.all(dataset.tasks.map(async (task) => ({ task, batch: await drawn(task, samples) })));
  const found = batches.flatMap(({ task, batch }) => batch ? [{ task, batch }] : []);
  model.eval();
  try {
    const losses = found.map(({ task, batch }) => () => taskLoss(task, model.forward(inputsOf(device, task, batch), task.name), targetsOf(device, task, batch)).mean);
    // A model without shared parameters has no gradients that could meet.
    const gradients = model.shared.size === 0 ? {} : { gradientCosines: await cosines(model, found, losses), steps: await steps(model, found, losses, step) };
    const diversity = await diversities(device, model, found);
    return { ...gradients, ...diversity.length > 0 && { experts: diversity }, cka: [...await acrossStages(device, model, found), ...await acrossTasks(device, model, found)] };
  } finally {
    model.train(training);
  }
}

/** How a task's step is taken. */
export interface StepOf {
  readonly lr: number;
  readonly rule?: Pick<UpdateRule, 'stepFactors'>;
}

interface Drawn {
  readonly task: Task;
  readonly batch: Batch;
}

/** The same ones every time; undefined where there are none. */
async function drawn(task: Task, samples: number): Promise<Batch | undefined> {
  for await (const batch of streamBatches(task.validation, sizeOf(task.inputShape), { batchSize: samples, seed: 0, epoch: 0, stream: task.name, targetSize: targetsPerSample(task) })) return batch;
  return undefined;
}

async function cosines(model: MultiTaskModel, drawn: readonly Drawn[], losses: readonly (() => Tensor)[]): Promise<NonNullable<RunAnalysis['gradientCosines']>> {
  const [shared] = await gradientCosines(model, losses);
  return { tasks: drawn.map(({ task }) => task.name), values: shared?.cosines ?? [] };
}

async function steps(model: MultiTaskModel, drawn: readonly Drawn[], losses: readonly (() => Tensor)[], { lr, rule }: StepOf): Promise<Steps> {
  const tasks = drawn.map(({ task }) => task.name);
  const masked = rule?.stepFactors !== undefined;
  const factors: Float32Array[] = [];
  if (rule?.stepFactors) for (const task of tasks) factors.push(await rule.stepFactors(task));
  const effects = await stepEffects(model, losses, { lr, ...masked && { factors } });
  const of = (name: keyof StepEffect): Steps['cosines'] => effects.map((row) => row.map((effect) => effect[name]));
  return { tasks, lr, masked, cosines: of('cosine'), predicted: of('predicted'), realised: of('realised'), curvatures: of('curvature') };
}

/** What the trunk makes of a task's samples on the way, each stage with each. */
async function acrossStages(device: Device, model: MultiTaskModel, drawn: readonly Drawn[]): Promise<Alignments> {
  const found: Alignments[number][] = [];
  for (const { task, batch } of drawn) {
    const stages = await stagesOf(device, model, task, task.name, batch);
    const names = stages.map((_, i) => `stage ${i + 1}`);
    if (stages.length > 1) found.push({ title: `stages of the trunk, ${task.name}`, rows: names, columns: names, values: similarityMatrix(stages, stages, linearCKA) });
  }
  return found;
}

/** What the trunk makes of a task's samples in the end, seen as each of the tasks: 1 where they share all of it. Of tasks whose inputs have one shape. */
async function acrossTasks(device: Device, model: MultiTaskModel, drawn: readonly Drawn[]): Promise<Alignments> {
  const found: Alignments[number][] = [];
  for (const { task, batch } of drawn) {
    const alike = drawn.map((other) => other.task).filter(({ inputShape }) => inputShape.join() === task.inputShape.join());
    if (alike.length < 2) continue;
    const seen: Representation[] = [];
    for (const { name } of alike) seen.push(...(await stagesOf(device, model, task, name, batch)).slice(-1));
    const names = alike.map(({ name }) => name);
    found.push({ title: `samples of ${task.name}, as each task`, rows: names, columns: names, values: similarityMatrix(seen, seen, linearCKA) });
  }
  return found;
}

/** Of experts, where the model has such: on the samples of each task, by every expert. */
async function diversities(device: Device, model: MultiTaskModel, drawn: readonly Drawn[]): Promise<NonNullable<RunAnalysis['experts']>> {
  const found: NonNullable<RunAnalysis['experts']>[number][] = [];
  for (const { task, batch } of drawn) {
    using _scope = device.scope();
    const experts = await embedExperts(model, task.name, inputsOf(device, task, batch));
    const names = experts.map((_, i) => `expert ${i + 1}`);
    const { distances, diversity } = expertDiversity(experts);
    if (experts.length > 1) found.push({ title: `samples of ${task.name}`, rows: names, columns: names, values: distances, diversity });
  }
  return found;
}

async function stagesOf(device: Device, model: MultiTaskModel, task: Task, as: string, batch: Batch): Promise<Representation[]> {
  using _scope = device.scope();
  return await embedStages(model, as, inputsOf(device, task, batch));
}
