/** A process with one engine: `node tools/run.mjs bench/peers/worker.ts ENGINE`. It answers the requests of protocol.ts, one at a time. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ANSWER } from './protocol.ts';
import type { Reply, Request, StoredWork } from './protocol.ts';
import type { Engine, Prepared, Values, Work } from './work.ts';

const answer = (reply: Reply): unknown => process.stdout.write(`${ANSWER}${JSON.stringify(reply)}\n`);

type Start = (option?: unknown) => Promise<Engine>;

async function startEngine(name: string): Promise<Engine> {
  if (name.startsWith('lazygrad')) return (await import('./lazygrad.ts')).start(name === 'lazygrad');
  // Their packages may be missing: they are loaded by name, and have no types here.
  const [file = '', backend] = name.split('-');
  const { start } = await import(new URL(`./${file}.mjs`, import.meta.url).pathname) as { start: Start };
  return start(backend);
}

function load({ folder, arrays, ...rest }: StoredWork): Work {
  const read = ({ name, shape, dtype }: StoredWork['arrays'][number]): [string, Values] => {
    const { buffer } = new Uint8Array(readFileSync(join(folder, `${name}.bin`)));
    return [name, { shape, data: dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer) }];
  };
  return { ...rest, arrays: new Map(arrays.map(read)) };
}

const timed = async (prepared: Prepared, atOnce: number): Promise<number> => {
  const begun = performance.now();
  for (let i = 0; i < atOnce; i++) prepared.step();
  await prepared.finish();
  return (performance.now() - begun) / atOnce;
};

async function main(): Promise<void> {
  const engine = await startEngine(process.argv[2] ?? '');
  answer({ version: engine.version, adapter: engine.adapter });
  let prepared: Prepared | null = null;
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    if (request.do === 'prepare') {
      prepared = await engine.prepare(load(request.work));
      answer({});
    } else if (!prepared) {
      throw new Error('nothing is prepared');
    } else if (request.do === 'step') {
      const ms: number[] = [];
      for (let i = 0; i < request.count; i++) ms.push(await timed(prepared, request.atOnce));
      answer({ ms });
    } else {
      const values = await prepared.read();
      writeFileSync(request.file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      answer({});
    }
  }
}

try {
  await main();
} catch (error) {
  answer({ error: error instanceof Error ? error.message : String(error) });
  if (error instanceof Error) console.error(error.stack);
}
// Devices are left to the end of the process.
process.exit();
