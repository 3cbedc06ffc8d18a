/** `lazygrad report RUN...` */
import { Command } from 'commander';
import { writeReport } from '../training.ts';

export function reportCommand(): Command {
  return new Command('report')
    .description('write one self-contained HTML page about one or more runs of the same data set')
    .argument('<runs...>', 'run directories')
    .option('--out <dir>', 'folder for report.html (default: the first run)')
    .addHelpText('after', '\nExample:\n  $ lazygrad report runs/a runs/b --out .')
    .action(async (runs: string[], { out }: { out?: string }) => {
      process.stdout.write(`${await writeReport(out ?? runs[0] ?? '.', runs)}\n`);
    });
}
