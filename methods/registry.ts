/** All methods, in the order in which they are listed. */
import { ConfigError } from '../engine/index.ts';
import { adamerging } from './adamerging.ts';
import { alternatingSGD } from './alternating-sgd.ts';
import { apo } from './apo.ts';
import { apoMoE } from './apo-moe.ts';
import { cagrad } from './cagrad.ts';
import { crossStitchNetworks } from './cross-stitch.ts';
import { dwa } from './dwa.ts';
import { equalWeights } from './equal-weights.ts';
import { famo } from './famo.ts';
import { graddrop } from './graddrop.ts';
import { gradnorm } from './gradnorm.ts';
import { imaml } from './imaml.ts';
import { imtlg } from './imtl-g.ts';
import { kml } from './kml.ts';
import { lmc } from './lmc.ts';
import type { Method } from './method.ts';
import { mgda } from './mgda.ts';
import { mmoe } from './mmoe.ts';
import { mmoeex } from './mmoeex.ts';
import { moe } from './moe.ts';
import { nashMTL } from './nash-mtl.ts';
import { pcgrad } from './pcgrad.ts';
import { reptile } from './reptile.ts';
import { stl } from './stl.ts';
import { taskArithmetic } from './task-arithmetic.ts';
import { ties } from './ties.ts';
import { uncertainty } from './uncertainty.ts';

/** What others are compared with: single-task learning. */
export const BASELINE = 'stl';

export const METHODS: readonly Method[] = [
  apo, apoMoE,
  stl,
  alternatingSGD, equalWeights,
  crossStitchNetworks,
  moe, mmoe, mmoeex,
  uncertainty, gradnorm, dwa, famo,
  pcgrad, mgda, cagrad, imtlg, nashMTL, graddrop,
  reptile, imaml, kml,
  lmc,
  taskArithmetic, ties, adamerging,
];

/** @throws ConfigError for an unknown name */
export function findMethod(name: string): Method {
  const method = METHODS.find((candidate) => candidate.name === name);
  if (!method) throw new ConfigError(`there is no method ${name}; there are: ${METHODS.map((m) => m.name).join(', ')}`);
  return method;
}
