/** `lazygrad quickstart`: APO and plain alternating SGD on two data sets that come from npm, side by side. */
import { join } from 'node:path';
import { Command } from 'commander';
import { addTrainingOptions, augmentOf, scheduleOf } from '../options.ts';
import type { TrainingFlags } from '../options.ts';
import { EXIT } from '../exit.ts';
import { createRunDirectory, writeFileAtomic } from '../run-directory.ts';
import { testTable, ownershipTable, summarise } from '../summary.ts';
import type { Summary } from '../summary.ts';
import { checkSettings, configOf, note, openData, openDevice, runTraining, writeReport } from '../training.ts';

/** Ends within about three minutes on two cores without a GPU, installing and building included. */
export const QUICKSTART = { epochs: 3, batchSize: 16, lr: 0.1, limit: 2400, width: 0.25 } as const;

export function quickstartCommand(): Command {
  const command = new Command('quickstart')
    .description('train MultiTaskCNN on MNIST and Fashion-MNIST with APO, and beside it with plain alternating SGD');
  return addTrainingOptions(command, QUICKSTART)
    .addHelpText('after', '\nThe defaults are a subset that ends within about three minutes on two cores. The whole of both sets, the full model:\n  $ npm run quickstart -- --limit 0 --width 1 --epochs 10')
    .action(async (flags: TrainingFlags) => {
      const { epochs, batchSize, lr, limit, width, seed } = flags;
      const parent = flags.out ?? join('runs', `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-quickstart`);
      const base = { dataset: 'mnist-pair', model: 'multi-task-cnn', epochs, batchSize, lr, limit, tokens: 0, width, seed, ...augmentOf(flags), ...scheduleOf(flags) };
      const runs = [checkSettings({ ...base, method: 'apo' }, flags.set), checkSettings({ ...base, method: 'alternating-sgd' }, {})];
      const device = await openDevice({ adapter: flags.adapter });
      note('loading MNIST and Fashion-MNIST');
      const dataset = await openData(base, flags.data);
      const summaries: Summary[] = [];
      for (const settings of runs) {
        const directory = createRunDirectory({ directory: join(parent, settings.method) }, configOf(settings, device.adapter));
        note(`\n${settings.method} (run: ${directory.path})`);
        const end = await runTraining({ device, dataset, settings, directory, resume: false });
        if (!end) {
          note(`interrupted; everything is saved. Go on with: npx lazygrad resume ${directory.path}`);
          process.exitCode = EXIT.interrupted;
          device.destroy();
          return;
        }
        const summary = summarise(settings, device.adapter, end, directory.path);
        directory.writeSummary(summary);
        summaries.push(summary);
      }
      device.destroy();
      writeFileAtomic(join(parent, 'summary.json'), `${JSON.stringify({ runs: summaries }, null, 2)}\n`);
      const report = await writeReport(parent, summaries.map((summary) => summary.run));
      if (flags.json) process.stdout.write(`${JSON.stringify({ runs: summaries, report })}\n`);
      else process.stdout.write(`\n${testTable(summaries)}\n${summaries.map(ownershipTable).filter(Boolean).join('\n')}\nreport: ${report}\n`);
    });
}
