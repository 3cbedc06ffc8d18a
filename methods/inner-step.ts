/** A loss after a step: what MAML descends. */
import { affine, grad, sub } from '../engine/index.ts';
import type { ParameterArena, Tensor } from '../engine/index.ts';
import type { MultiTaskModel, Parameters } from '../models/index.ts';
import type { Term } from './term.ts';

/** Share of a batch that the inner step is taken on. */
const INNER = 0.8;

export interface InnerStep {
  readonly lr: number;
  /** Whether the step itself is differentiated, which takes second derivatives. */
  readonly exact: boolean;
}

/**
 * The loss of the last fifth of a batch, with the parameters as they are after a step down that of the first four: `L(theta - lr grad L'(theta))`. A
 * batch of one sample has its plain loss.
 */
export function lossAfterStep(model: MultiTaskModel, term: Term, { lr, exact }: InnerStep): Tensor {
  const own = model.heads.get(term.task);
  if (!own || term.size < 2) return term.loss();
  const cut = Math.max(1, Math.floor(INNER * term.size));
  const places = [model.shared, own].flatMap((arena) => arena.segments.map(({ name }) => ({ arena, name, parameter: arena.get(name) })));
  const slopes = grad(term.part(0, cut).loss(), places.map(({ parameter }) => parameter), { createGraph: exact });
  const moved = places.map(({ arena, name, parameter }, i) => {
    const slope = slopes[i];
    return { arena, name, parameter: slope ? sub(parameter, affine(exact ? slope : slope.detach(), lr, 0)) : parameter };
  });
  const view = (arena: ParameterArena): Parameters => {
    const byName = new Map(moved.flatMap((one) => one.arena === arena ? [[one.name, one.parameter] as const] : []));
    return { get: (name) => byName.get(name) ?? arena.get(name) };
  };
  return term.part(cut, term.size).loss({ shared: view(model.shared), own: view(own) });
}
