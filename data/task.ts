/** What a data set is to the rest of the program: tasks, each with three splits held on the host. */

/** The kind of target, which decides the head's width and the loss. */
export type TaskKind = 'multiclass' | 'binary' | 'multilabel' | 'regression';

export interface Split {
  /** Number of samples. */
  readonly length: number;
  /** Row-major samples, `length * product(inputShape)` values; bytes stand for value / 255. */
  readonly inputs: Uint8Array | Float32Array;
  /** Class index per sample, in [0, classes). */
  readonly targets: Int32Array;
}

export interface Task {
  readonly name: string;
  readonly kind: TaskKind;
  readonly classes: number;
  /** Shape of one sample, channels first: `[1, 28, 28]` for a grey image. */
  readonly inputShape: readonly number[];
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
}

export interface Dataset {
  readonly name: string;
  readonly tasks: readonly Task[];
}
