/** Every run with its settings, so that each number of the report can be traced. */
import type { Table } from './document.ts';
import { count, date, duration } from './format.ts';
import { endOf, epochsOf, startOf } from './run-record.ts';
import type { Series } from './series.ts';

export function runsTable(all: readonly Series[]): Table {
  return {
    caption: 'Every run with its settings', words: true,
    columns: ['method', 'model', 'seed', 'epochs', 'batch size', 'learning rate', 'options', 'shared parameters', 'time', 'adapter', 'started', 'lazygrad', 'Node'],
    rows: all.flatMap(({ label, stroke, runs }) => runs.map((run) => {
      const { config } = run;
      const [start, end] = [startOf(run), endOf(run)];
      return {
        head: label, stroke,
        cells: [
          config.model,
          String(config.seed),
          `${epochsOf(run).length} of ${start?.epochs ?? '–'}`,
          String(start?.batchSize ?? '–'),
          String(start?.learningRate ?? '–'),
          Object.entries(config.options ?? {}).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ') || '–',
          count(start?.parameters.shared),
          end ? duration(end.seconds) : 'not finished',
          config.adapter,
          date(config.created),
          config.lazygrad,
          config.node,
        ],
      };
    })),
  };
}
