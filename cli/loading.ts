/** Shows how far the reading of a data set is, when it takes long: a bar on a terminal, lines now and then anywhere else. */
import type { Progress } from '../data/node/index.ts';
import { createBar } from './bar.ts';
import { drawBar } from './progress.ts';

/** Milliseconds before anything is shown, and between two lines. */
const PATIENCE = 1000;
const BETWEEN = 10_000;

export interface Loading {
  readonly onProgress: Progress;
  /** Takes the bar away. */
  stop(): void;
}

/** @param now the clock, in milliseconds */
export function createLoading(stream: NodeJS.WriteStream, now: () => number = Date.now): Loading {
  const start = now();
  const bar = createBar(stream);
  let next = start + PATIENCE;
  return {
    onProgress(done, total, what) {
      if (now() < next) return;
      if (stream.isTTY) bar.show(done, total, `${what}  ${drawBar(done, total)} ${done}/${total}`);
      else {
        stream.write(`${what}  ${done}/${total}\n`);
        next = now() + BETWEEN;
      }
    },
    stop: () => bar.stop(),
  };
}
