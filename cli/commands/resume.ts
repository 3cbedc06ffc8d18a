/** `lazygrad resume RUN` */
import { Command } from 'commander';
import { finish } from '../finish.ts';
import { adapterOption, dataOption, jsonOption } from '../options.ts';
import type { TrainingFlags } from '../options.ts';
import { openRunDirectory, readRun } from '../run-directory.ts';
import { note, openData, openDevice, runTraining, settingsOf } from '../training.ts';

export function resumeCommand(): Command {
  return new Command('resume')
    .description('go on with an interrupted run; the result is that of a run without interruption')
    .argument('<run>', 'run directory')
    .addOption(adapterOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ lazygrad resume runs/2026-03-01T12-34-56-mnist-pair-apo')
    .action(async (path: string, flags: Pick<TrainingFlags, 'adapter' | 'data' | 'json'>) => {
      const settings = settingsOf(path);
      const directory = openRunDirectory(path);
      const dataset = await openData(settings, flags.data);
      const device = await openDevice({ adapter: flags.adapter });
      const { adapter } = readRun(path).config;
      if (adapter !== device.adapter.name) note(`the run began on ${adapter}: on another adapter numbers round otherwise, and the result is not bit for bit that of a run without interruption`);
      note(`run: ${directory.path}`);
      finish(await runTraining({ device, dataset, settings, directory, resume: true }), settings, device, directory, flags.json === true);
    });
}
