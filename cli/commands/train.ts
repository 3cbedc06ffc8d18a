/** `lazygrad train` */
import { Command } from 'commander';
import { createRunDirectory } from '../run-directory.ts';
import { addTrainingOptions, augmentOf, scheduleOf } from '../options.ts';
import type { TrainingFlags } from '../options.ts';
import { finish } from '../finish.ts';
import { checkSettings, configOf, note, openData, openDevice, runTraining } from '../training.ts';

export function trainCommand(): Command {
  const command = new Command('train')
    .description('train one shared network on the tasks of a data set')
    .requiredOption('--dataset <name>', 'see `lazygrad datasets`')
    .requiredOption('--method <name>', 'see `lazygrad methods`')
    .option('--model <name>', 'see `lazygrad models` (default: what suits the data set)');
  return addTrainingOptions(command, { epochs: 4, batchSize: 32, lr: 0.1, limit: 0, width: 1 })
    .addHelpText('after', '\nExample:\n  $ lazygrad train --dataset mnist-pair --method apo --limit 4000 --epochs 4 --set k=0.5\n  $ lazygrad train --dataset mnist-pair --method apo --limit 4000 --schedule interleaved --task-order dynamic\n  $ lazygrad train --dataset images --method apo --augment padding=4,flip')
    .action(async (flags: TrainingFlags & { dataset: string; method: string; model?: string }) => {
      const { dataset: name, method, model, epochs, batchSize, lr, limit, tokens, width, seed } = flags;
      const settings = checkSettings({ dataset: name, method, model, epochs, batchSize, lr, limit, tokens, width, seed, ...augmentOf(flags), ...scheduleOf(flags) }, flags.set);
      const dataset = await openData(settings, flags.data);
      const device = await openDevice({ adapter: flags.adapter });
      const directory = createRunDirectory(flags.out === undefined ? { parent: 'runs' } : { directory: flags.out }, configOf(settings, device.adapter));
      note(`run: ${directory.path}`);
      finish(await runTraining({ device, dataset, settings, directory, resume: false }), settings, device, directory, flags.json === true);
    });
}
