/** Shows a download while it goes: a bar for each file on a terminal, a line for each anywhere else. */
import type { FetchEvent, FetchedFile } from '../data/node/index.ts';
import { createBar } from './bar.ts';
import { drawBar } from './progress.ts';

export interface FetchProgress {
  readonly onEvent: (event: FetchEvent) => void;
  /** Takes the bar away and gives the cursor back. May be called at any time, and twice. */
  stop(): void;
}

/** `9.9 MB`: decimal units, as downloads are measured in. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${['B', 'kB', 'MB', 'GB'][power] ?? ''}`;
}

const VERIFIED: Readonly<Record<FetchedFile['verified'], (sha256: string | null) => string>> = {
  published: () => 'verified',
  kept: () => 'the same as at the first download (SHA256SUMS)',
  unverified: (sha256) => (sha256 === null ? 'not verified again' : `could not be verified against a published hash; its SHA-256 is ${sha256}`),
};

export function createFetchProgress(stream: NodeJS.WriteStream): FetchProgress {
  const bar = createBar(stream);
  let head = '';

  const say = (text: string): void => {
    bar.stop();
    stream.write(`${text}\n`);
  };

  const onEvent = (event: FetchEvent): void => {
    switch (event.type) {
      case 'file':
        head = `${event.index}/${event.count}  ${event.path}`;
        if (!stream.isTTY) say(head);
        break;
      case 'download': {
        const { done, total } = event;
        bar.show(done, total ?? done, total === null ? `${head}  ${size(done)}` : `${head}  ${drawBar(done, total)} ${size(done)} of ${size(total)}`);
        break;
      }
      case 'unpack':
        bar.show(event.files, event.files + 1, `${head}  unpacked ${event.files} files, ${size(event.bytes)}`);
        break;
      case 'retry':
        say(`${event.reason}: trying again`);
        break;
      case 'done': {
        const { path, status, verified, sha256 } = event.file;
        say(`${path}  ${status === 'present' ? 'there already' : 'downloaded'}, ${VERIFIED[verified](sha256)}`);
      }
    }
  };

  return { onEvent, stop: () => bar.stop() };
}
