/** `lazygrad/data`: what runs anywhere. Finding and opening files is `lazygrad/data/node`. */
export { MISSING_CLASS, countTargets, targetsPerSample } from './task.ts';
export type { Dataset, Split, Task, TaskKind } from './task.ts';
export { checkTask } from './check-task.ts';
export { parseIdx, type IdxArray } from './idx.ts';
export { isSource, type InputArray, type InputSource, type Inputs } from './input-source.ts';
export { batches, pendingBatches, stepsPerEpoch, streamBatches, type Batch, type BatchOptions } from './batches.ts';
export { ahead } from './ahead.ts';
export { divideByGroup } from './grouped-split.ts';
export { partition, sample, stratifiedOrder, take } from './split.ts';
export { random32, shuffled, streamKey } from './shuffle.ts';
export { DATASETS, datasetInfo, type DatasetInfo, type TaskInfo } from './registry.ts';
export { parseTokenizer, parseVocabulary, type TextTokenizer, type VocabularyOptions } from './tokenizer.ts';
export { padSequences } from './sequences.ts';
