/** Shows a training run while it goes: one bar per epoch and task on a terminal, plain lines anywhere else. */
import cliProgress from 'cli-progress';
import type { EpochEvent, ProgressEvent, TrainEvent } from '../methods/events.ts';
import { METRICS } from '../analysis/metrics.ts';
import type { MetricName } from '../analysis/metrics.ts';
import { duration, loss, metricValue, percent, rate } from './report/format.ts';

export interface Progress {
  onEvent(event: TrainEvent): void;
  /** Takes the bars away and gives the cursor back. May be called at any time, and twice. */
  stop(): void;
}

export interface ProgressOptions {
  /** The clock, in milliseconds. */
  readonly now?: () => number;
}

/** One task within one epoch. Speed counts from its first event, so that compiling kernels does not spoil it. */
interface Run {
  readonly firstStep: number;
  readonly startedAt: number;
  readonly bar: cliProgress.SingleBar | null;
}

const BAR_WIDTH = 20;

export function drawBar(step: number, steps: number): string {
  const done = steps > 0 ? Math.min(BAR_WIDTH, Math.floor((step / steps) * BAR_WIDTH)) : BAR_WIDTH;
  return `[${('='.repeat(done) + (done < BAR_WIDTH ? '>' : '')).padEnd(BAR_WIDTH)}]`;
}

export function createProgress(stream: NodeJS.WriteStream, options: ProgressOptions = {}): Progress {
  const now = options.now ?? Date.now;
  const runs = new Map<string, Run>();
  let bars: cliProgress.MultiBar | null = null;
  let epochs = 0;
  let nameWidth = 0;
  let order = '';
  let metrics: ReadonlyMap<string, MetricName> = new Map();

  const head = (epoch: number, name: string): string => `epoch ${epoch}/${epochs}  ${name.padEnd(nameWidth)}`;

  const begin = (event: ProgressEvent): Run => {
    if (stream.isTTY) {
      // Interrupts are the command's business: it saves first, then stops the display.
      bars ??= new cliProgress.MultiBar({ stream, format: (_options, _params, payload: { line: string }) => payload.line, clearOnComplete: true, hideCursor: true, gracefulExit: false });
    }
    const run = { firstStep: event.step, startedAt: now(), bar: bars?.create(event.steps, event.step, { line: '' }) ?? null };
    runs.set(event.task, run);
    return run;
  };

  const onStep = (event: ProgressEvent): void => {
    const run = runs.get(event.task) ?? begin(event);
    const perSecond = ((event.step - run.firstStep) * 1000) / (now() - run.startedAt);
    const speed = Number.isFinite(perSecond) && perSecond > 0 ? `${rate(perSecond)} steps/s` : '';
    if (run.bar !== null) {
      const eta = speed === '' ? '' : `eta ${duration(Math.round((event.steps - event.step) / perSecond))}`;
      const line = `${head(event.epoch, event.task)}  ${drawBar(event.step, event.steps)} ${event.step}/${event.steps}  ${speed}  ${eta}`;
      run.bar.update(event.step, { line: line.trimEnd() });
    } else if (event.step === event.steps) {
      stream.write(`${head(event.epoch, event.task)}  ${event.steps} steps  ${speed}`.trimEnd() + '\n');
    }
  };

  const stop = (): void => {
    bars?.stop();
    bars = null;
    runs.clear();
  };

  const onEpoch = (event: EpochEvent): void => {
    stop();
    const { ownership } = event;
    event.tasks.forEach((task, i) => {
      const shares = ownership && `  owned ${percent(ownership.owned[i], 1)}  protected ${percent(ownership.protected[i], 1)}`;
      const metric = metrics.get(task.name) ?? 'accuracy';
      const named = METRICS[metric].share ? '' : `${METRICS[metric].label} `;
      stream.write(`${head(event.epoch, task.name)}  loss ${Number.isNaN(task.loss) ? '–' : loss(task.loss)}  validation ${named}${metricValue(metric, task.validation)}${shares ?? ''}\n`);
    });
    const before = order;
    order = event.order.join(', ');
    const reordered = before === order ? '' : `  order ${order}`;
    const unclaimed = ownership && `  unclaimed ${percent(ownership.unclaimed, 1)}`;
    stream.write(`epoch ${event.epoch}/${epochs}  done in ${duration(event.seconds)}${unclaimed ?? ''}${reordered}\n`);
  };

  const onEvent = (event: TrainEvent): void => {
    switch (event.type) {
      case 'start':
        epochs = event.epochs;
        order = event.tasks.map((task) => task.name).join(', ');
        metrics = new Map(event.tasks.map(({ name, metric }) => [name, metric]));
        nameWidth = Math.max(0, ...event.tasks.map((task) => task.name.length));
        break;
      case 'progress':
        onStep(event);
        break;
      case 'epoch':
        onEpoch(event);
        break;
      case 'end':
        stop();
    }
  };

  return { onEvent, stop };
}
