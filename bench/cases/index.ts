/** The registry: everything that is measured. Limits come first, since all shares are of them. */
import type { Case, Size } from '../case.ts';
import { attentionCases } from './attention.ts';
import { convCases } from './conv.ts';
import { limitCases } from './limits.ts';
import { matmulCases } from './matmul.ts';
import { normalisationCases } from './normalisation.ts';
import { optimizerCases } from './optimizers.ts';
import { overheadCase } from './overhead.ts';
import { recurrentCases } from './recurrent.ts';
import { reductionCases } from './reductions.ts';
import { trainingCases } from './training.ts';

export { limitCases };

/** Cases of one kernel each: all but whole training steps and what JavaScript costs. */
export function kernelCases(size: Size): readonly Case[] {
  return [matmulCases, convCases, attentionCases, recurrentCases, normalisationCases, reductionCases, optimizerCases].flatMap((cases) => cases(size));
}

export function allCases(size: Size): readonly Case[] {
  return [...limitCases(size), ...kernelCases(size), ...trainingCases(size), ...size === 'small' ? [] : [overheadCase('eager'), overheadCase('replay')]];
}
