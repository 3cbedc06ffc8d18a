/** Whether a task is what it says. */
import { DataError } from '../engine/errors.ts';
import { sizeOf } from '../engine/layout.ts';
import { MISSING_CLASS, targetsPerSample } from './task.ts';
import type { Split, Task } from './task.ts';

interface Rule {
  readonly expected: (classes: number) => string;
  /** Of a target that is not missing. */
  readonly allows: (target: number, classes: number) => boolean;
}

const yesOrNo: Rule = { expected: () => '0 or 1, or NaN where it is missing', allows: (target) => target === 0 || target === 1 };

const RULES: Readonly<Record<Task['kind'], Rule>> = {
  multiclass: { expected: (classes) => `a class from 0 to ${classes - 1}, or ${MISSING_CLASS} where it is missing`, allows: (target, classes) => target >= 0 && target < classes },
  binary: yesOrNo,
  multilabel: yesOrNo,
  regression: { expected: () => 'a finite number, or NaN where it is missing', allows: Number.isFinite },
};

/**
 * The task itself, after a look at every target and at the sizes of its arrays. Whoever makes a task calls it.
 * @throws {DataError} naming the task, the split, the sample and the value
 */
export function checkTask(task: Task): Task {
  const { name, kind, classes, inputShape, huberDelta } = task;
  const wrong = (expected: string, got: number | string): DataError => new DataError(`task ${name}: expected ${expected}, got ${got}`);
  if (!(kind in RULES)) throw wrong(`one of the kinds ${Object.keys(RULES).join(', ')}`, kind);
  if (!Number.isSafeInteger(classes) || classes < 1 || (kind === 'binary' && classes !== 1)) throw wrong(kind === 'binary' ? 'classes to be 1 for a binary task' : 'classes to be a whole number from 1', classes);
  if (huberDelta !== undefined && (kind !== 'regression' || !(huberDelta > 0 && huberDelta < Infinity))) throw wrong('huberDelta to be a number above 0, for a regression alone', `${huberDelta} for ${kind}`);
  for (const part of ['train', 'validation', 'test'] as const) {
    const problem = problemOf(task[part], sizeOf(inputShape), task);
    if (problem) throw new DataError(`task ${name}, ${part}${problem}`);
  }
  return task;
}

function problemOf({ length, inputs, targets }: Split, inputSize: number, task: Task): string | null {
  const { kind, classes } = task;
  const width = targetsPerSample(task);
  if (inputs.length !== length * inputSize) return `: expected ${length} samples of ${inputSize} values, got ${inputs.length} values`;
  const type = kind === 'multiclass' ? Int32Array : Float32Array;
  if (!(targets instanceof type)) return `: expected targets of ${kind} in a ${type.name}, got a ${targets.constructor.name}`;
  if (targets.length !== length * width) return `: expected ${length} samples with ${width} target${width === 1 ? '' : 's'} each, got ${targets.length}`;
  const { expected, allows } = RULES[kind];
  const missing = kind === 'multiclass' ? (target: number): boolean => target === MISSING_CLASS : Number.isNaN;
  const at = targets.findIndex((target) => !missing(target) && !allows(target, classes));
  if (at < 0) return null;
  return `, sample ${Math.floor(at / width)}${width === 1 ? '' : `, target ${at % width}`}: expected ${expected(classes)}, got ${targets[at] ?? 'nothing'}`;
}
