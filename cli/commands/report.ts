/** `lazygrad report RUN...` */
import { Command, Option } from 'commander';
import { FORMATS, writeReportFiles } from '../report-files.ts';
import type { Format } from '../report-files.ts';
import { reportOn } from '../report-source.ts';

export function reportCommand(): Command {
  return new Command('report')
    .description('write a report about runs of the same data set, a comparison or an experiment: a page, Markdown, or its charts as pictures')
    .argument('<runs...>', 'run directories, a folder of them, or the folder of an experiment')
    .option('--out <dir>', 'folder for the report (default: the first that is named)')
    .addOption(new Option('--format <format>', 'html: one self-contained page; markdown: with its charts as SVG files; svg, png: the charts alone').choices(FORMATS).default('html'))
    .addHelpText('after', '\nExamples:\n  $ lazygrad report runs/a runs/b --out .\n  $ lazygrad report runs/compare --format markdown --out report')
    .action(async (runs: string[], { out = runs[0] ?? '.', format }: { out?: string; format: Format }) => {
      process.stdout.write((await writeReportFiles(await reportOn(runs), format, out)).map((file) => `${file}\n`).join(''));
    });
}
