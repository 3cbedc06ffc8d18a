/** `npm run bench -- [options]`: measures on the adapter that `auto` finds, or LAZYGRAD_ADAPTER names. `--help` lists options and cases. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { SIZES } from './case.ts';
import type { Size } from './case.ts';
import { allCases, limitCases } from './cases/index.ts';
import { asMarkdown, asTable, fileNameOf } from './report.ts';
import type { Report } from './report.ts';
import { chosen, runSuite } from './suite.ts';

const { values } = parseArgs({
  options: {
    filter: { type: 'string', default: '' }, size: { type: 'string', default: 'default' }, seconds: { type: 'string', default: '3' }, json: { type: 'boolean', default: false },
    save: { type: 'string' }, help: { type: 'boolean', default: false },
  },
});
const HELP = `usage: npm run bench -- [options]
  --filter TEXT     cases whose names contain it; those marked * only by their whole name
  --size SIZE       ${SIZES.join(', ')}; default: default
  --seconds S       how long each case is repeated, at least 7 times; default 3
  --json            prints one JSON document instead of the table
  --save FOLDER     writes both to FOLDER/DEVICE.json and FOLDER/DEVICE.md; bench/results is the place
LAZYGRAD_ADAPTER chooses the adapter. A case whose values are wrong has no speed, and the exit code is then 1.
Others: npm run bench:growth, bench:first-step, bench:tune, bench:apo-cost, bench:methods, bench:loader, bench:replay, bench:accuracy, bench:apo-settings, bench:subgroup-matrix.
`;

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

const isSize = (text: string): text is Size => (SIZES as readonly string[]).includes(text);
const size: Size = isSize(values.size) ? values.size : fail(`--size: expected one of ${SIZES.join(', ')}, got ${values.size}`);
const seconds = Number(values.seconds);
if (!(seconds >= 0)) fail(`--seconds: expected a number from 0, got ${values.seconds}`);

const write = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

/** After every case, so that what is measured stays whatever happens. */
function save(report: Report): void {
  const json = `${JSON.stringify(report, null, 1)}\n`;
  if (values.save !== undefined) {
    const place = join(values.save, fileNameOf(report.adapter));
    write(`${place}.json`, json);
    write(`${place}.md`, asMarkdown(report));
  }
}

async function main(): Promise<void> {
  const cases = allCases(size);
  const wanted = chosen(cases, values.filter);
  if (values.help || wanted.length === 0) {
    console.log(`${HELP}cases of size ${size}:\n${cases.map(({ name, onRequest }) => `  ${name}${onRequest ? ' *' : ''}`).join('\n')}`);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const limits = limitCases(size).filter(({ name }) => !wanted.some((one) => one.name === name));
  const report = await runSuite([...limits, ...wanted], { size, ms: seconds * 1000, onReport: save, onCase: (name) => void process.stderr.write(`${name} ...\n`) });
  console.log(values.json ? JSON.stringify(report) : asTable(report));
  process.exitCode = report.results.some((result) => 'error' in result) ? 1 : 0;
}

await main();
