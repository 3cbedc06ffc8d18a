/** The end of a training command: the summary where it is wanted, or how to go on after an interrupt. */
import type { Device } from '../engine/index.ts';
import type { EndEvent } from '../methods/index.ts';
import { EXIT } from './exit.ts';
import type { RunDirectory } from './run-directory.ts';
import { testTable, ownershipTable, summarise } from './summary.ts';
import { note } from './training.ts';
import type { Settings } from './training.ts';

export function finish(end: EndEvent | null, settings: Settings, device: Device, directory: RunDirectory, json: boolean): void {
  device.destroy();
  if (!end) {
    note(`interrupted; everything is saved. Go on with: lazygrad resume ${directory.path}`);
    process.exitCode = EXIT.interrupted;
    return;
  }
  const summary = summarise(settings, device.adapter, end, directory.path);
  directory.writeSummary(summary);
  if (json) {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  process.stdout.write([testTable([summary]), ownershipTable(summary)].filter(Boolean).join('\n'));
  note(`report: ${directory.path}/report.html`);
}
