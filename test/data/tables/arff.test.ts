import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseArff } from '../../../data/tables/arff.ts';
import { textAt } from '../../../data/tables/table.ts';
import { DataError } from '../../../engine/errors.ts';
import { expectError } from '../../support/errors.ts';
import { DATA } from '../../support/real-data.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const SMALL = `% a comment
@RELATION 'a name'

@attribute "the 'x'" NUMERIC
@attribute kind {A, 'B c' , "d\\"e",?}
@attribute	note string
@ATTRIBUTE y real
@data
1, A, 'it\\'s, here', ?
% another
-2.5e1,'B c',?,3

?,"d\\"e", plain words ,.5
`;

test('numbers, nominal values, text, quotes and what is missing', () => {
  const table = parseArff(bytes(SMALL), 'x.arff');
  expect(table.columns).toEqual(["the 'x'", 'kind', 'note', 'y']);
  expect(table.column("the 'x'")).toMatchObject({ type: 'number', values: Float64Array.of(1, -25, NaN) });
  expect(table.column('y')).toMatchObject({ values: Float64Array.of(NaN, 3, 0.5) });
  const texts = (name: string): (string | null)[] => [0, 1, 2].map((row) => textAt(table.column(name), row));
  expect(texts('kind')).toEqual(['A', 'B c', 'd"e']);
  expect(texts('note')).toEqual(["it's, here", null, 'plain words']);
  expect([0, 1, 2].map((row) => table.place(row))).toEqual(['line 9', 'line 11', 'line 13']);
});

const HEAD = '@relation r\n@attribute a numeric\n@attribute b {x,y}\n@data\n';
test.each<[string, string, string[]]>([
  ['nothing', '', ['line 2', 'expected @data', 'end of the file']],
  ['another file', 'a,b\n1,2\n', ['line 1', 'expected @relation', 'a,b']],
  ['no @data', '@relation r\n@attribute a numeric\n', ['@data', '1 attributes']],
  ['a date', '@attribute a date "yyyy"\n@data\n', ['line 1', "attribute 'a'", 'date']],
  ['an attribute without a name', '@attribute {x}\n', ['line 1', 'expected a name']],
  ['an attribute twice', '@attribute a real\n@attribute a real\n', ['line 2', 'twice']],
  ['a sparse row', `${HEAD}{0 1, 1 x}\n`, ['line 5', 'sparse rows are not supported']],
  ['too few values', `${HEAD}1,x\n1\n`, ['line 6', 'expected 2 values, got 1']],
  ['too many values', `${HEAD}1,x,\n`, ['line 5', 'expected 2 values, got 3']],
  ['no number', `${HEAD}z,x\n`, ['line 5', "'a'", 'expected a number', "'z'"]],
  ['no value of the attribute', `${HEAD}1,z\n`, ['line 5', "'b'", 'x, y', "'z'"]],
  ['a quote that is not closed', `${HEAD}1,'x\n`, ['line 5', 'not closed']],
  ['words after a quote', `${HEAD}1,'x' y\n`, ['line 5', 'expected a comma']],
])('refuses %s', (_, text, parts) => expectError(() => parseArff(bytes(text), 'x.arff'), DataError, 'x.arff: ', ...parts));

test('mutated files give a table or a DataError', () => {
  const edits = fc.array(fc.record({ at: fc.nat(SMALL.length), byte: fc.constantFrom(...bytes('\'"\\,{}@%?\n x1'), 0xff) }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(edits, fc.integer({ min: 0, max: SMALL.length }), (changes, end) => {
      const file = bytes(SMALL).slice(0, SMALL.length - (end % 40));
      for (const { at, byte } of changes) if (at < file.length) file[at] = byte;
      try {
        expect(parseArff(file, 'x').columns.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }),
    { numRuns: 500 },
  );
});

describe('the multi-target sets of Mulan', () => {
  const folder = join(DATA, 'tabular/mulan-multi-target');
  // Rows and attributes as Mulan's own table gives them: examples, and features with targets.
  test.skipIf(!existsSync(folder)).each([
    ['andro', 49, 36], ['atp1d', 337, 417], ['edm', 154, 18], ['enb', 768, 10], ['jura', 359, 18],
    ['scpf', 1137, 26], ['sf1', 323, 13], ['sf2', 1066, 13], ['slump', 103, 10], ['wq', 1060, 30],
  ])('%s', (name, examples, attributes) => {
    const table = parseArff(readFileSync(join(folder, `${name}.arff`)), name);
    expect([table.length, table.columns.length]).toEqual([examples, attributes]);
  });
});
