/** `lazygrad analyse RUN` */
import { Command, Option } from 'commander';
import { WHICH } from '../../methods/index.ts';
import type { Which } from '../../methods/index.ts';
import { analyse } from '../analyse.ts';
import { adapterOption, dataOption, jsonOption, wholeNumber } from '../options.ts';
import type { TrainingFlags } from '../options.ts';
import { openRunDirectory } from '../run-directory.ts';
import { openTrained } from '../trained.ts';
import { note, openData, openDevice, writeReport } from '../training.ts';

interface AnalyseFlags extends Pick<TrainingFlags, 'adapter' | 'data' | 'json'> {
  readonly samples: number;
  readonly which: Which;
}

export function analyseCommand(): Command {
  return new Command('analyse')
    .description("measure a run's model: cosines between the tasks' gradients, what a step of one task does to the losses of the others, and how alike representations are; its report then shows them")
    .argument('<run>', 'run directory')
    .addOption(new Option('--samples <n>', 'validation samples of each task, at most').argParser(wholeNumber(4)).default(256))
    .addOption(new Option('--which <model>', "the model that the run's selection has chosen, or that of its last epoch").choices(WHICH).default('chosen'))
    .addOption(adapterOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ lazygrad analyse runs/2026-03-01T12-34-56-mnist-pair-apo')
    .action(async (path: string, { samples, which, adapter, data, json }: AnalyseFlags) => {
      const trained = openTrained(path);
      const dataset = await openData(trained.settings, data);
      const device = await openDevice({ adapter });
      const { model, rule } = trained.ruled(device, which);
      const analysis = await analyse(device, model, dataset, samples, { lr: trained.settings.lr, rule });
      device.destroy();
      const file = openRunDirectory(path).writeAnalysis(analysis);
      const report = await writeReport(path, [path]);
      process.stdout.write(json ? `${JSON.stringify(analysis)}\n` : `${file}\n`);
      note(`report: ${report}`);
    });
}
