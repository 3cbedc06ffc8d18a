/** `lazygrad reproduce ID`: a table or figure of the paper, at a scale that fits the machine. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { ConfigError } from '../../engine/index.ts';
import { SCALES } from '../../experiments/experiment.ts';
import type { Result, Scale } from '../../experiments/experiment.ts';
import { EXPERIMENTS, findExperiment } from '../../experiments/registry.ts';
import { EXIT } from '../exit.ts';
import { createLaboratory } from '../laboratory.ts';
import { addRunOptions } from '../options.ts';
import type { RunFlags } from '../options.ts';
import { RESULT, makeRunFolder, packageVersion, readRun, writeFileAtomic } from '../run-directory.ts';
import { renderTable, right } from '../table.ts';
import { note, openData, openDevice, writeReport } from '../training.ts';

const CONFIG = 'experiment.json';

export function reproduceCommand(): Command {
  const command = new Command('reproduce')
    .description('run the experiment behind a table or figure of the paper')
    .argument('<id>', `number of the table, or figure-NUMBER: ${EXPERIMENTS.map(({ id, title }) => `${id} (${title})`).join(', ')}`)
    .addOption(new Option('--scale <scale>', 'smoke: seconds; small: minutes without a GPU; full: as large as in the paper').choices(SCALES).default('small'));
  return addRunOptions(command)
    .addHelpText('after', `
A folder given by --out that holds an interrupted experiment, table or figure, is gone on with: what is finished is not run again.

Examples:
  $ lazygrad reproduce a3 --scale small --out runs/a3
  $ lazygrad reproduce figure-2 --scale smoke`)
    .action(async (name: string, { scale, seed, adapter, data, out, json }: RunFlags & { scale: Scale }) => {
      const experiment = findExperiment(name);
      const { id, title } = experiment;
      const run = openFolder(id, scale, seed, out);
      const device = await openDevice({ adapter });
      note(`experiment: ${run}`);
      const runs: string[] = [];
      const result = await experiment.run(createLaboratory({ device, scale, seed, run, open: (wanted) => openData(wanted, data), onRun: (folder) => runs.push(folder) }));
      device.destroy();
      if (!result) {
        note(`interrupted; everything is saved. Go on with the same command and --out ${run}`);
        process.exitCode = EXIT.interrupted;
        return;
      }
      const facts = { id, title, scale, adapter: device.adapter.name, lazygrad: packageVersion() };
      const document = { ...facts, adapter: device.adapter, seed, ...result, run };
      writeFileAtomic(join(run, RESULT), `${JSON.stringify(document, null, 2)}\n`);
      const [{ pageOf }, { experimentReport }] = await Promise.all([import('../report/page.ts'), import('../report/experiment-report.ts')]);
      writeFileAtomic(join(run, 'report.html'), pageOf(experimentReport(facts, result, await writeRunPages(run, runs))));
      process.stdout.write(json === true ? `${JSON.stringify(document)}\n` : text(result));
      note(`report: ${run}/report.html`);
    });
}

/** A page about the runs on each data set. @returns their names */
async function writeRunPages(run: string, runs: readonly string[]): Promise<string[]> {
  const byDataset = new Map<string, string[]>();
  for (const each of runs) {
    const { dataset } = readRun(each).config;
    byDataset.set(dataset, [...byDataset.get(dataset) ?? [], each]);
  }
  const pages: string[] = [];
  for (const [dataset, folders] of byDataset) {
    const name = byDataset.size === 1 ? 'runs.html' : `runs-${dataset}.html`;
    await writeReport(run, folders, name);
    pages.push(name);
  }
  return pages;
}

/** A new folder, or that of the same experiment, to go on with it. @throws ConfigError when it holds another */
function openFolder(id: string, scale: Scale, seed: number, out: string | undefined): string {
  const config = `${JSON.stringify({ id, scale, seed }, null, 2)}\n`;
  if (out !== undefined && existsSync(join(out, CONFIG))) {
    if (readFileSync(join(out, CONFIG), 'utf8') !== config) throw new ConfigError(`'${out}' holds another experiment, scale or seed: name another folder`);
    return out;
  }
  const folder = makeRunFolder(out === undefined ? { parent: 'runs' } : { directory: out }, `reproduce-${id}-${scale}`);
  writeFileAtomic(join(folder, CONFIG), config);
  return folder;
}

function text({ paper, ours, findings = [], differences }: Result): string {
  const columns = [...new Set(Object.values(ours.numbers).flatMap((facts) => Object.keys(facts)))];
  const shown = (value: string | number | undefined): string => Number.isNaN(value) ? '–' : typeof value === 'number' ? String(Number(value.toPrecision(4))) : value ?? '';
  const list = (title: string, items: readonly string[]): string => items.length === 0 ? '' : `\n${title}:\n${items.map((item) => `- ${item}\n`).join('')}`;
  return [
    `${paper.source}: ${paper.claim}\n`,
    paper.table ? `\n${tableText(paper.table, 'paper')}` : '', ours.table ? `\n${tableText(ours.table, 'here')}` : '',
    `\n${renderTable(['', ...columns.map(right)], Object.entries(ours.numbers).map(([label, facts]) => [label, ...columns.map((column) => shown(facts[column]))]))}`,
    list('Findings', findings), list('What differs from the paper', differences),
  ].join('');
}

function tableText({ columns, rows }: NonNullable<Result['paper']['table']>, whose: string): string {
  const cell = (value: (typeof rows)[number]['values'][number]): string => !value ? '' : `${value.mean.toFixed(4)}${Number.isNaN(value.sd) ? '' : ` ± ${value.sd.toFixed(4)}`}`;
  return renderTable([whose, ...columns.map(right)], rows.map(({ label, values }) => [label, ...values.map(cell)]));
}
