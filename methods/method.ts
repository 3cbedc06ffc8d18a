/** What a multi-task method is: a name to choose it by, its hyper-parameters, and the update it makes after each batch. */
import type { Ownership, TaskTally } from '../apo/index.ts';
import type { TaskGroup } from '../data/index.ts';
import { ConfigError } from '../engine/index.ts';
import type { Device, Tensor } from '../engine/index.ts';
import { MultiTaskModel } from '../models/index.ts';
import type { DenseLayer, HeadSpec, Trunk } from '../models/index.ts';
import type { Phase } from './phase.ts';
import { alternating } from './phase.ts';
import type { Losses } from './task-order.ts';
import type { Term } from './term.ts';

/** A number with its range, or one of some words. */
export type Hyperparameter =
  | {
    readonly default: number;
    /** The default for tasks of these groups instead: what the method's comparison in the paper found best. */
    readonly tuned?: Readonly<Partial<Record<TaskGroup, number>>>;
    readonly range: readonly [number, number];
    readonly summary: string;
  }
  | { readonly default: string; readonly range: readonly string[]; readonly summary: string };

export type HyperparameterValues = Readonly<Record<string, number | string>>;

export interface MethodContext {
  readonly model: MultiTaskModel;
  readonly tasks: readonly string[];
  /** Learning rate. */
  readonly lr: number;
  /** Of what the method draws on the host. */
  readonly seed: number;
  readonly values: HyperparameterValues;
}

export interface UpdateRule {
  /** Before the first step of a phase; `resumed` when the run goes on in the middle of it. */
  startPhase?(phase: Phase, resumed: boolean): void | Promise<void>;
  /**
   * One step: differentiates the losses of its batches and moves parameters. There is one term, or in a joint phase one for each task. It is
   * work for the device alone, captured once for a phase and replayed. What it returns is read back for `decide`.
   */
  step(terms: readonly Term[]): Tensor | undefined;
  /** What the host decides from the few numbers that the step returned; it reaches the device by `write`. @throws NumericsError */
  decide?(measured: Float32Array): void;
  /** The rest of the step, after `decide`. Captured as well. */
  apply?(terms: readonly Term[]): void;
  /** After all steps of an epoch. @param losses mean training losses of the epoch, of the tasks that had any */
  endEpoch?(losses: Losses): void;
  /** After the last epoch of a phase. */
  endPhase?(phase: Phase): void | Promise<void>;
  /** Looks whether something went wrong on the device that no step could throw. @throws NumericsError */
  check?(): Promise<void>;
  /** For methods in which tasks own parameters. */
  ownership?(): Promise<Ownership>;
  /** For the same methods: what the steps of each task counted since the start or the last `clearTally`. */
  tally?(): Promise<readonly TaskTally[]>;
  /** Starts counting anew; at the end of every epoch. */
  clearTally?(): void;
  /** For methods that scale a task's shared gradient element by element: by what its next step would, laid out as the arena. For diagnostics. */
  stepFactors?(task: string): Promise<Float32Array>;
  /** What a resumed run needs beside the model's parameters. */
  stateDict?(): Promise<Map<string, Float32Array | Uint32Array>>;
  loadStateDict?(state: ReadonlyMap<string, Float32Array | Uint32Array>): void;
}

export interface Method {
  readonly name: string;
  readonly family: string;
  readonly summary: string;
  readonly source: string;
  readonly hyperparameters: Readonly<Record<string, Hyperparameter>>;
  /** Values by the name of a preset, which the hyper-parameter `preset` chooses; what is given besides overrides them. */
  readonly presets?: Readonly<Record<string, Readonly<object>>>;
  /** In which stretches it trains. Default: one, in which tasks alternate. */
  phases?(tasks: readonly string[], epochs: number, values: HyperparameterValues): readonly Phase[];
  /** The model that it trains. Default: the trunk, shared by all tasks, with a head for each. @throws ConfigError for a trunk that does not suit it */
  model?(blueprint: Blueprint, values: HyperparameterValues): MultiTaskModel;
  /** @throws ConfigError when model and method do not go together */
  create(context: MethodContext): UpdateRule;
}

/** What a model is made of. */
export interface Blueprint {
  readonly device: Device;
  /** Makes the trunk. @param dense makes its last fully connected layer; default a linear one */
  readonly trunk: (dense?: DenseLayer) => Trunk;
  readonly tasks: readonly HeadSpec[];
  readonly seed: number;
  /** Of one input of the trunk, where it is known. */
  readonly inputShape?: readonly number[];
}

/** The model that a method trains. */
export function buildModel(method: Pick<Method, 'model'>, blueprint: Blueprint, values: HyperparameterValues): MultiTaskModel {
  const { device, trunk, tasks, seed } = blueprint;
  return method.model?.(blueprint, values) ?? new MultiTaskModel(device, trunk(), tasks, seed);
}

/** The phases of a run. */
export function phasesOf(method: Pick<Method, 'phases'>, tasks: readonly string[], epochs: number, values: HyperparameterValues): readonly Phase[] {
  return method.phases?.(tasks, epochs, values) ?? alternating(tasks, epochs);
}

/**
 * Fills in defaults: what is given, else what a preset that is given says, else what is tuned for the group of tasks, else the default.
 * @param given names and values as a user wrote them
 * @param group of the data set, where it has one
 * @throws ConfigError for an unknown name or a value out of range
 */
export function resolveHyperparameters(method: Method, given: Readonly<Record<string, string | number>>, group?: TaskGroup): HyperparameterValues {
  const known = Object.entries(method.hyperparameters);
  const values: Record<string, number | string> = Object.fromEntries(known.map(([name, { default: value }]) => [name, value]));
  const presetOf = (name: string | number | undefined): object => (name === undefined ? {} : method.presets?.[name] ?? {});
  Object.assign(values, presetOf(values.preset));
  if (group) for (const [name, hyperparameter] of known) if ('tuned' in hyperparameter) values[name] = hyperparameter.tuned[group] ?? hyperparameter.default;
  Object.assign(values, presetOf(given.preset));
  for (const [name, text] of Object.entries(given)) {
    const hyperparameter = method.hyperparameters[name];
    if (!hyperparameter) throw new ConfigError(`method ${method.name} has no option ${name}; there are: ${Object.keys(method.hyperparameters).join(', ') || 'none'}`);
    values[name] = resolveOne(method.name, name, hyperparameter, text);
  }
  return values;
}

function resolveOne(method: string, name: string, known: Hyperparameter, text: string | number): number | string {
  if (typeof known.default === 'string') {
    const word = known.range.find((allowed) => allowed === text);
    if (word === undefined) throw new ConfigError(`method ${method}, option ${name}: expected ${known.range.join(' or ')}, got ${text}`);
    return word;
  }
  const [low, high] = known.range as readonly [number, number];
  const value = typeof text === 'number' ? text : text.trim() === '' ? NaN : Number(text);
  if (!(value >= low && value <= high)) throw new ConfigError(`method ${method}, option ${name}: expected a number from ${low} to ${high}, got ${text}`);
  return value;
}
