/** Figure 2: a network that moves only the parameters with the largest gradients, beside one that moves them all. */
import { Departure, relativeLossChange } from '../analysis/lazy-training.ts';
import { batches } from '../data/index.ts';
import type { Batch, Task } from '../data/index.ts';
import { CheckpointError, ConfigError, LazySGD, SGD, backward, crossEntropy, noGrad, readSafetensors, sizeOf, tensor, writeSafetensors, zeros } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import { modelInfo } from '../models/index.ts';
import { Classifier } from './classifier.ts';
import type { Experiment, Facts, Line, Scale, Unfinished } from './experiment.ts';

export interface LazyTrainingSetting {
  readonly model: string;
  /** Of the model's channels. */
  readonly width: number;
  readonly iterations: number;
  readonly batchSize: number;
  readonly lr: number;
  /** Samples whose mean loss is measured, always the same. */
  readonly probe: number;
  /** Iterations between two measurements. */
  readonly every: number;
}

const COMMON = { lr: 0.05, every: 1 };
const SETTINGS: Readonly<Record<Scale, { readonly limit: number; readonly training: LazyTrainingSetting }>> = {
  smoke: { limit: 128, training: { ...COMMON, model: 'multi-task-cnn', width: 0.25, iterations: 8, batchSize: 16, probe: 64 } },
  small: { limit: 6400, training: { ...COMMON, model: 'multi-task-cnn', width: 1, iterations: 100, batchSize: 64, probe: 512 } },
  full: { limit: 6400, training: { ...COMMON, model: 'resnet-101', width: 1, iterations: 100, batchSize: 64, probe: 512 } },
};

/** Which shares of the parameters move in a step. */
const VARIANTS = [{ name: 'standard', label: 'standard', fraction: 1 }, { name: 'top-10', label: 'top 10 %', fraction: 0.1 }, { name: 'top-1', label: 'top 1 %', fraction: 0.01 }] as const;

/** Iterations after which a run is saved. */
const SAVE_EVERY = 10;

/** One measurement; `loss` in nats, `moved` the number of parameters that are not what they were at the start. */
export interface Measurement {
  readonly iteration: number;
  readonly loss: number;
  /** Δθ of equation 1. */
  readonly distance: number;
  readonly moved: number;
}

export interface LazyTrainingRun {
  readonly label: string;
  /** Parameters of the network, and those that move in one step. */
  readonly parameters: number;
  readonly perStep: number;
  readonly measurements: readonly Measurement[];
}

/**
 * Trains one network from the same start on the same batches, once for each share. With share 1 by plain SGD.
 * @param unfinished what the same run left when it was stopped, and where it is saved now and then
 * @throws ConfigError when the data have no full batch, or no samples to probe with @throws CheckpointError when what was left is of another network
 */
export async function trainLazily(device: Device, task: Task, setting: LazyTrainingSetting, seed: number, variant: { readonly label: string; readonly fraction: number }, unfinished?: Unfinished): Promise<LazyTrainingRun> {
  using _scope = device.scope();
  const { model, width, iterations, batchSize, lr, every } = setting;
  const network = new Classifier(device, modelInfo(model).trunk(task.inputShape, width), task.classes, seed);
  const { arena } = network;
  const optimizer = variant.fraction < 1 ? new LazySGD(arena, { lr, fraction: variant.fraction }) : new SGD(arena, { lr });
  const departure = new Departure(arena);
  const [probe] = batches(task.train, sizeOf(task.inputShape), { batchSize: Math.min(setting.probe, task.train.length), seed, epoch: 0, stream: `${task.name} probe` });
  if (!probe) throw new ConfigError(`task ${task.name} has no training samples`);
  const probeInputs = tensor(device, probe.inputs, [probe.size, ...task.inputShape]);
  const probeTargets = tensor(device, probe.targets);
  const inputs = zeros(device, [batchSize, ...task.inputShape]);
  const targets = zeros(device, [batchSize], { dtype: 'int32' });
  const startNorm = await departure.startNorm().item();

  const measure = async (iteration: number): Promise<Measurement> => {
    using _inner = device.scope();
    const found = [noGrad(() => crossEntropy(network.forward(probeInputs), probeTargets)), departure.distance(), departure.moved()];
    const [loss = NaN, distance = NaN, moved = NaN] = await Promise.all(found.map((value) => value.item()));
    return { iteration, loss, distance: distance / startNorm, moved };
  };

  const left = unfinished?.saved ? loadState(network, unfinished.saved) : { iteration: 0, measurements: [await measure(0)] };
  const measurements = [...left.measurements];
  let iteration = 0;
  for (const batch of endless(task, batchSize, seed)) {
    if (iteration < left.iteration) {
      iteration++;
      continue;
    }
    {
      using _step = device.scope();
      inputs.write(batch.inputs);
      targets.write(batch.targets);
      arena.zeroGrad();
      backward(crossEntropy(network.forward(inputs), targets));
      optimizer.step();
      device.submit();
    }
    iteration++;
    if (iteration % every === 0 || iteration === iterations) measurements.push(await measure(iteration));
    if (unfinished && iteration % SAVE_EVERY === 0 && iteration < iterations) unfinished.save(await saveState(network, { iteration, measurements }));
    if (iteration === iterations) break;
  }
  return { label: variant.label, parameters: arena.size, perStep: optimizer instanceof LazySGD ? optimizer.count : arena.size, measurements };
}

/** How far a run is. Neither optimizer has a state: with this, the parameters and the draws of dropout it goes on. */
interface Progress {
  readonly iteration: number;
  readonly measurements: readonly Measurement[];
}

async function saveState({ arena, generator }: Classifier, progress: Progress): Promise<Uint8Array> {
  return writeSafetensors({ tensors: await arena.stateDict(), metadata: { stream: String(generator.state), progress: JSON.stringify(progress) } });
}

/** @throws CheckpointError for the state of another network */
function loadState({ arena, generator }: Classifier, bytes: Uint8Array): Progress {
  const { tensors, metadata } = readSafetensors(bytes, 'the run that goes on');
  if (metadata.stream === undefined || metadata.progress === undefined) throw new CheckpointError('the run that goes on does not say how far it was');
  arena.loadStateDict(new Map([...tensors].flatMap(([name, { shape, data }]) => data instanceof Float32Array ? [[name, { shape, data }]] : [])));
  generator.state = Number(metadata.stream);
  return JSON.parse(metadata.progress) as Progress;
}

/** Full batches, epoch after epoch. */
function* endless(task: Task, batchSize: number, seed: number): Generator<Batch, void, undefined> {
  if (task.train.length < batchSize) throw new ConfigError(`batches of ${batchSize} need as many samples, task ${task.name} has ${task.train.length}`);
  for (let epoch = 0; ; epoch++) yield* batches(task.train, sizeOf(task.inputShape), { batchSize, seed, epoch, stream: task.name, dropLast: true });
}

export const lazyTraining: Experiment = {
  id: 'figure-2',
  title: 'lazy training: relative change of parameters and of the loss',
  async run({ device, open, keep, scale, seed, onProgress }) {
    const dataset = await open({ dataset: 'mnist-pair', limit: SETTINGS[scale].limit });
    const [task] = dataset.tasks;
    if (!task) throw new ConfigError(`data set ${dataset.name} has no tasks`);
    const setting = SETTINGS[scale].training;
    const runs: LazyTrainingRun[] = [];
    for (const variant of VARIANTS) {
      runs.push(await keep(`${variant.name}-seed-${seed}`, (unfinished) => {
        onProgress?.(`${variant.label}: ${setting.iterations} iterations`);
        return trainLazily(device, task, setting, seed, variant, unfinished);
      }));
    }
    const lines = (value: (m: Measurement, first: Measurement) => number): Line[] =>
      runs.map(({ label, measurements }) => ({ label, points: measurements.map((m) => [m.iteration, value(m, measurements[0] ?? m)] as const) }));
    return {
      paper: {
        source: 'Thakur et al., AISTATS 2025, equation 1 and figure 2',
        setting: { model: 'ResNet-101', data: 'CIFAR-10', iterations: 100, 'moved in each iteration': 'all parameters, or the top 1 % by magnitude of the gradient' },
        claim: 'The lazy run changes the parameters much less and still lowers the training loss: Δℓ >> Δθ.',
      },
      ours: {
        setting: { ...setting, data: task.name, 'training samples': task.train.length, parameters: runs[0]?.parameters ?? 0, seed },
        charts: [
          { title: '(a) relative change of the parameters', x: 'iteration', y: 'Δθ', lines: lines(({ distance }) => distance) },
          { title: '(b) relative change of the training loss', x: 'iteration', y: 'Δℓ', lines: lines(({ loss }, first) => relativeLossChange(first.loss, loss)) },
        ],
        numbers: Object.fromEntries(runs.map((run) => [run.label, summary(run)])),
      },
      differences: [
        ...(setting.model === 'resnet-101' ? [] : [`${setting.model}${setting.width === 1 ? '' : ` at ${setting.width} of its width`} instead of ResNet-101.`]),
        `${task.name} instead of CIFAR-10.`,
        'The paper does not say whether the top 1 % are of each tensor or of the network: here they are of the whole network, exactly.',
        `The paper does not say which loss it shows: here it is that of ${Math.min(setting.probe, task.train.length)} fixed training samples, not of the batch at hand.`,
        `Learning rate and batch size are not given: here SGD with ${setting.lr} and ${setting.batchSize}, the same for every line.`,
        'The line of the top 10 % is not in the paper.',
      ],
    };
  },
};

function summary({ parameters, perStep, measurements }: LazyTrainingRun): Facts {
  const [first] = measurements;
  const last = measurements.at(-1);
  if (!first || !last) return {};
  const lossChange = relativeLossChange(first.loss, last.loss);
  return { 'moved per step': perStep, 'moved in all': last.moved, 'share moved in all': last.moved / parameters, 'loss at the start': first.loss, 'loss at the end': last.loss, 'Δℓ': lossChange, 'Δθ': last.distance, 'Δℓ / Δθ': lossChange / last.distance };
}
