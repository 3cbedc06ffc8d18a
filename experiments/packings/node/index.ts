/** Loaders for what was packed to be small; they are asked when a set's own files are not there. */
import type { SetLoader } from '../../../data/node/index.ts';
import { ECG_PACKINGS } from './ecg.ts';
import { packedImages } from './images.ts';

export const PACKINGS: readonly SetLoader[] = [...ECG_PACKINGS, packedImages];
