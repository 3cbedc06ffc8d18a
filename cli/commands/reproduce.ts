/** `lazygrad reproduce ID`: a table or figure of the paper, at a scale that fits the machine. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { loadDataset } from '../../data/node/index.ts';
import { SCALES } from '../../experiments/experiment.ts';
import type { Result, Scale } from '../../experiments/experiment.ts';
import { EXPERIMENTS, findExperiment } from '../../experiments/registry.ts';
import { addRunOptions } from '../options.ts';
import type { RunFlags } from '../options.ts';
import { RESULT, makeRunFolder, packageVersion, writeFileAtomic } from '../run-directory.ts';
import { renderTable, right } from '../table.ts';
import { note, openDevice } from '../training.ts';

export function reproduceCommand(): Command {
  const command = new Command('reproduce')
    .description('run the experiment behind a table or figure of the paper')
    .argument('<id>', `number of the table or figure: ${EXPERIMENTS.map(({ id, title }) => `${id} (${title})`).join(', ')}`)
    .addOption(new Option('--scale <scale>', 'smoke: seconds; small: minutes without a GPU; full: as large as in the paper').choices(SCALES).default('small'));
  return addRunOptions(command)
    .addHelpText('after', '\nExample:\n  $ lazygrad reproduce 2 --scale smoke')
    .action(async (id: string, { scale, seed, adapter, data, out, json }: RunFlags & { scale: Scale }) => {
      const experiment = findExperiment(id);
      const { dataset: name, limit } = experiment.data(scale);
      const dataset = await loadDataset(name, { seed, ...(limit > 0 ? { limit } : {}), ...(data === undefined ? {} : { directory: data }) });
      const device = await openDevice({ adapter });
      const run = makeRunFolder(out === undefined ? { parent: 'runs' } : { directory: out }, `reproduce-${id}-${scale}`);
      const result = await experiment.run({ device, dataset, scale, seed, onProgress: note });
      const facts = { id, title: experiment.title, scale, adapter: device.adapter.name, lazygrad: packageVersion() };
      device.destroy();
      const document = { ...facts, adapter: device.adapter, seed, ...result, run };
      writeFileAtomic(join(run, RESULT), `${JSON.stringify(document, null, 2)}\n`);
      const { renderExperiment } = await import('../report/experiment-page.ts');
      writeFileAtomic(join(run, 'report.html'), renderExperiment(facts, result));
      process.stdout.write(json === true ? `${JSON.stringify(document)}\n` : text(result));
      note(`report: ${run}/report.html`);
    });
}

function text({ paper, ours: { numbers }, differences }: Result): string {
  const columns = [...new Set(Object.values(numbers).flatMap((facts) => Object.keys(facts)))];
  const shown = (value: string | number | undefined): string => typeof value === 'number' ? String(Number(value.toPrecision(4))) : value ?? '';
  const table = renderTable(['', ...columns.map(right)], Object.entries(numbers).map(([label, facts]) => [label, ...columns.map((column) => shown(facts[column]))]));
  return `${paper.source}: ${paper.claim}\n\n${table}\nWhat differs from the paper:\n${differences.map((difference) => `- ${difference}\n`).join('')}`;
}
