/** `lazygrad fetch`: downloads a data set into the folder that the other commands read. */
import { Command, Option } from 'commander';
import { DOWNLOADS, datasetDownloads } from '../../data/index.ts';
import { fetchDataset } from '../../data/node/index.ts';
import { EXIT, messageOf } from '../exit.ts';
import { createFetchProgress } from '../fetch-progress.ts';
import { dataOption, jsonOption } from '../options.ts';
import { note } from '../training.ts';

interface FetchFlags {
  readonly data: string;
  readonly mirror?: string;
  readonly json?: true;
}

async function run(name: string, { data: directory, mirror, json }: FetchFlags): Promise<void> {
  note(`licence: ${datasetDownloads(name).licence}`);
  const progress = createFetchProgress(process.stderr);
  const interrupt = new AbortController();
  const onInterrupt = (): void => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort();
  };
  process.on('SIGINT', onInterrupt);
  try {
    const result = await fetchDataset(name, { directory, signal: interrupt.signal, onEvent: progress.onEvent, ...(mirror === undefined ? {} : { mirror }) });
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${result.name} lies in ${directory}. Use it with: --data ${directory}\n`);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    progress.stop();
    note(messageOf(error));
    process.exitCode = EXIT.interrupted;
  } finally {
    progress.stop();
    process.off('SIGINT', onInterrupt);
  }
}

export function fetchCommand(): Command {
  return new Command('fetch')
    .description('download a data set, checked and unpacked; goes on where an earlier call was cut off')
    .argument('<name>', `one of ${DOWNLOADS.map(({ name }) => name).join(', ')}`)
    .addOption(dataOption().default('data'))
    .addOption(new Option('--mirror <url>', "takes the place of the official addresses' hosts, such as http://localhost:8080"))
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples:\n  $ lazygrad fetch mnist-pair --data ~/data\n  $ lazygrad fetch ptbxl --data ~/data --mirror https://mirror.example')
    .action(run);
}
