/** `npm run bench:peers [-- --help]`: the same work in lazygrad and in its peers, on one adapter, interleaved, with ratios. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES, FIRST_STEP } from './cases.ts';
import { ENGINES, REFERENCE, SAME_ADAPTER, areInstalled } from './engines.ts';
import { measure, measureFirstStep } from './measure.ts';
import type { Options } from './measure.ts';
import { firstStepTable, summary, table } from './report.ts';
import type { CaseResult, FirstStep } from './report.ts';

const HELP = `usage: npm run bench:peers -- [--filter TEXT] [--engines A,B] [--rounds N] [--limit SECONDS] [--first-step] [--plain] [--save FILE] [--json]

  --filter TEXT      only cases with it in their names
  --engines A,B      only these beside ${REFERENCE}, which is always there
  --rounds N         turns of each engine; default 7
  --limit SECONDS    for any one answer of an engine; default 300
  --first-step       also each engine's first step of ${FIRST_STEP} with the driver's cache empty, and filled
  --plain            peers get Dawn as it comes: with its bounds checks, and waiting in its busy loop
  --save FILE        adds the run, with all single times, to the list of runs in that file
  --json             prints one JSON document instead of the tables: medians, and the ratio to the better peer on the same adapter
  LAZYGRAD_ADAPTER   the adapter, as for every benchmark

cases: ${CASES.map(({ name }) => name).join(', ')}
engines: ${ENGINES.map(({ name }) => name).join(', ')}`;

const { values } = parseArgs({
  options: {
    filter: { type: 'string', default: '' }, engines: { type: 'string' }, rounds: { type: 'string', default: '7' }, limit: { type: 'string', default: '300' },
    'first-step': { type: 'boolean', default: false }, plain: { type: 'boolean', default: false }, save: { type: 'string' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
  },
});

interface Seen {
  readonly version: string;
  readonly adapter: string;
}

async function main(): Promise<number> {
  const wanted = values.engines?.split(',');
  const engines = ENGINES.filter(({ name }) => !wanted || name === REFERENCE || wanted.includes(name));
  const cases = CASES.filter(({ name }) => name.includes(values.filter));
  const [rounds, limit] = [Number(values.rounds), Number(values.limit)];
  const unknown = wanted?.filter((name) => !ENGINES.some((engine) => engine.name === name)) ?? [];
  if (values.help || unknown.length > 0 || (cases.length === 0 && !values['first-step']) || !(Number.isInteger(rounds) && rounds > 0 && limit > 0)) {
    console.log(unknown.length > 0 ? `no such engine: ${unknown.join(', ')}\n\n${HELP}` : HELP);
    return values.help ? 0 : 2;
  }
  if (!areInstalled(engines)) {
    console.error('The peers are not installed. Install them, for this benchmark alone: npm ci --prefix bench/peers');
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'lazygrad-peers-'));
  // Interrupted too; the engines end with what they were asked for when nobody asks any more.
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const seen = new Map<string, Seen>();
  const options: Options = {
    root: resolve(import.meta.dirname, '../..'), folder, rounds, limitMs: limit * 1000, plain: values.plain,
    progress: (line) => process.stderr.write(`${line}\n`),
    seen: (engine, version, adapter) => seen.set(engine, { version, adapter }),
  };
  const load = { cores: availableParallelism(), loadBefore: busy() };
  const results: CaseResult[] = [];
  const firstSteps: FirstStep[] = [];
  for (const { make } of cases) results.push(await measure(make(), engines, options));
  const first = CASES.find(({ name }) => name === FIRST_STEP);
  if (values['first-step'] && first) for (const engine of engines) firstSteps.push(await measureFirstStep(first.make(), engine, mkdtempSync(join(folder, 'cache-')), options));
  console.log(`cores ${load.cores}; load ${load.loadBefore} before, ${busy()} after (of other work and this)`);
  const date = new Date().toISOString();
  const engineFacts = Object.fromEntries(seen);
  if (values.json) {
    console.log(JSON.stringify({ adapter: seen.get(REFERENCE)?.adapter, date, engines: engineFacts, results: results.map((result) => summary(result, REFERENCE, SAME_ADAPTER)), firstSteps }, rounded));
  } else {
    console.log([...seen].map(([engine, { version, adapter }]) => `${engine} ${version}: ${adapter}\n`).join(''));
    if (results.length > 0) console.log(table(results, REFERENCE));
    if (firstSteps.length > 0) console.log(firstStepTable(firstSteps));
  }
  if (values.save !== undefined) {
    mkdirSync(dirname(resolve(values.save)), { recursive: true });
    const earlier = existsSync(values.save) ? JSON.parse(readFileSync(values.save, 'utf8')) as unknown[] : [];
    const command = `npm run bench:peers -- ${process.argv.slice(2).join(' ')}`;
    const run = { date, command, adapter: process.env.LAZYGRAD_ADAPTER ?? 'auto', node: process.version, engines: engineFacts, results, firstSteps };
    writeFileSync(values.save, `[\n${[...earlier, run].map((each) => JSON.stringify(each, rounded)).join(',\n')}\n]\n`);
  }
  return 0;
}

/** Runnable threads on the machine, the mean of the last minute. */
const busy = (): number => Number((loadavg()[0] ?? NaN).toFixed(1));

/** Microseconds are enough. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(3)) : value;
}

process.exitCode = await main();
