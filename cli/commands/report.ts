/** `lazygrad report RUN...` */
import { Command, Option } from 'commander';
import type { Device } from '../../engine/index.ts';
import { MEASURED, analyseRuns } from '../analyse-runs.ts';
import type { Measured } from '../analyse-runs.ts';
import { adapterOption, dataOption } from '../options.ts';
import type { RunFlags } from '../options.ts';
import { FORMATS, writeReportFiles } from '../report-files.ts';
import type { Format } from '../report-files.ts';
import { reportOn, runsToReport } from '../report-source.ts';
import { note, openData, openDevice } from '../training.ts';

/** Validation samples of each task. */
const SAMPLES = 256;

interface ReportFlags extends Pick<RunFlags, 'adapter' | 'data'> {
  readonly out?: string;
  readonly format: Format;
  readonly measure: Measured;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('write a report about runs of the same data set, a comparison or an experiment: a page, Markdown, or its charts as pictures')
    .argument('<runs...>', 'run directories, a folder of them, or the folder of an experiment')
    .option('--out <dir>', 'folder for the report (default: the first that is named)')
    .addOption(new Option('--format <format>', 'html: one self-contained page; markdown: with its charts as SVG files; svg, png: the charts alone').choices(FORMATS).default('html'))
    .addOption(new Option('--measure <runs>', 'measure models that have not been, as `lazygrad analyse` does, and against single-task learning of the same seed: of each method the first, all, or none').choices(MEASURED).default('first'))
    .addOption(adapterOption())
    .addOption(dataOption())
    .addHelpText('after', '\nExamples:\n  $ lazygrad report runs/a runs/b --out .\n  $ lazygrad report runs/compare --format markdown --out report')
    .action(async (runs: string[], { out = runs[0] ?? '.', format, measure, adapter, data }: ReportFlags) => {
      const folders = runsToReport(runs);
      let device: Device | undefined;
      const problems = folders === null ? [] : await analyseRuns({ folders, which: measure, samples: SAMPLES, open: (wish) => openData(wish, data), device: async () => (device = await openDevice({ adapter })) });
      device?.destroy();
      for (const problem of problems) note(problem);
      process.stdout.write((await writeReportFiles(await reportOn(runs, problems), format, out)).map((file) => `${file}\n`).join(''));
    });
}
