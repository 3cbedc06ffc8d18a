/** One line on a terminal that is drawn over again. Elsewhere it does not show. */
import cliProgress from 'cli-progress';

export interface Bar {
  show(done: number, total: number, line: string): void;
  /** Takes the line away and gives the cursor back. May be called at any time, and twice. */
  stop(): void;
}

export function createBar(stream: NodeJS.WriteStream): Bar {
  let bar: cliProgress.SingleBar | null = null;
  return {
    show(done, total, line) {
      if (!stream.isTTY) return;
      if (!bar) {
        // Interrupts are the command's business.
        bar = new cliProgress.SingleBar({ stream, format: (_options, _params, payload: { line: string }) => payload.line, clearOnComplete: true, hideCursor: true, gracefulExit: false });
        bar.start(total, done, { line });
      }
      bar.update(done, { line });
    },
    stop() {
      bar?.stop();
      bar = null;
    },
  };
}
