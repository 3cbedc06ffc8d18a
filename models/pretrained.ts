/** Weights from elsewhere: checkpoints of PyTorch's world, as safetensors, into models whose parameters have the same names. */
import { CheckpointError, openSafetensors } from '../engine/index.ts';
import type { OpenSafetensors, ParameterArena, Shape, Tensor } from '../engine/index.ts';
import type { ModelStatistics } from './model-statistics.ts';

/** What is loaded into: a `MultiTaskModel`, for example. */
export interface PretrainedTarget {
  readonly shared: ParameterArena;
  /** Running statistics, which every task is given a copy of. */
  readonly statistics?: ModelStatistics;
}

export interface PretrainedOptions {
  /** Named in messages. */
  readonly file: string;
  /**
   * Layers that are not loaded: the model's keep their values, the file's are passed over. Default `['fc']`, the last one, which the file has for
   * other classes if at all.
   */
  readonly own?: readonly string[];
}

/** One tensor of the file goes to one parameter, or to the statistics of every task. */
interface Destination {
  readonly shape: Shape;
  readonly tensors: readonly Tensor[];
}

/** How many differences a message lists. */
const LISTED = 20;
/** What files hold beside the weights: counters, constants, and the heads that a BERT was trained with. */
const BESIDE = /(^|\.)(num_batches_tracked|position_ids)$|^(cls|classifier|qa_outputs|fit_denses?)\./;

/** The model's name for a tensor of a file: without the wrappers' prefixes, and layer normalisation's parameters by their newer names. */
function nameInModel(name: string): string {
  return name.replace(/^module\./, '').replace(/^bert\./, '').replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
}

/**
 * Reads a checkpoint of Hugging Face's BERT into `bert`, or of torchvision's ResNet into `resNet`: any file whose tensors have the model's names, with or
 * without the prefixes `bert.` and `module.`, layer normalisation's `gamma` and `beta` as well. Heads (`cls.*`, ...) and counters are passed over. Running
 * statistics (`bn1.running_mean`, ...) are given to every task. Values may be of any floating type.
 * @param source the file's bytes, or a file that stays where it is
 * @throws CheckpointError, with the first 20 differences, unless the file has exactly the model's tensors; for a file that is cut off; for a pickle (`.bin`,
 * `.pt`, `.pth`), which is never opened, because that can run any code. Then nothing has changed
 * @example await loadPretrained(model, await readFile('model.safetensors'), { file: 'model.safetensors' });
 */
export async function loadPretrained(model: PretrainedTarget, source: Uint8Array | OpenSafetensors, { file, own = ['fc'] }: PretrainedOptions): Promise<void> {
  const open = source instanceof Uint8Array ? await openSafetensors((at, length) => source.subarray(at, at + length), file, { size: source.length }) : source;
  const loads = (name: string): boolean => !own.some((layer) => name === layer || name.startsWith(`${layer}.`));
  const wanted = new Map([...destinationsOf(model)].filter(([name]) => loads(name)));
  const named = open.names.filter((name) => !BESIDE.test(name.replace(/^module\./, ''))).map((name) => [nameInModel(name), name] as const).filter(([name]) => loads(name));
  const problems = differences(wanted, named, open);
  if (problems.length > 0) {
    const rest = problems.length > LISTED ? `; and ${problems.length - LISTED} more` : '';
    throw new CheckpointError(`${file} does not fit the model: ${problems.slice(0, LISTED).join('; ')}${rest}`);
  }
  // All is read before any of it is written.
  const read = await Promise.all(named.map(async ([name, inFile]) => [name, (await open.read(inFile)).data] as const));
  for (const [name, data] of read) for (const tensor of wanted.get(name)?.tensors ?? []) tensor.write(data);
}

function destinationsOf({ shared, statistics }: PretrainedTarget): Map<string, Destination> {
  const parameters = shared.segments.map(({ name, shape }): [string, Destination] => [name, { shape, tensors: [shared.get(name)] }]);
  const running = (statistics?.layers ?? []).flatMap((layer): [string, Destination][] => {
    const of = statistics?.of(layer);
    const pairs = of?.keys.map((key) => of.of(key)) ?? [];
    const shape = [of?.channels ?? 0];
    return [[`${layer}.running_mean`, { shape, tensors: pairs.map((pair) => pair.runningMean) }], [`${layer}.running_var`, { shape, tensors: pairs.map((pair) => pair.runningVariance) }]];
  });
  return new Map([...parameters, ...running]);
}

/** @param named the file's tensors, by the model's names and their own */
function differences(wanted: ReadonlyMap<string, Destination>, named: readonly (readonly [string, string])[], open: OpenSafetensors): string[] {
  const seen = new Map<string, string>();
  const wrong = named.flatMap(([name, inFile]) => {
    const twin = seen.get(name);
    seen.set(name, inFile);
    if (twin !== undefined) return [`${twin} and ${inFile} are the same parameter`];
    const expected = wanted.get(name);
    if (!expected) return [`${inFile} is unknown`];
    const { shape, dtype } = open.info(inFile);
    if (String(shape) !== String(expected.shape)) return [`${inFile} has shape [${shape.join(', ')}], expected [${expected.shape.join(', ')}]`];
    return dtype === 'float32' || dtype === 'float16' ? [] : [`${inFile} is ${dtype}, expected floats`];
  });
  return [...[...wanted.keys()].filter((name) => !seen.has(name)).map((name) => `${name} is missing`), ...wrong];
}
