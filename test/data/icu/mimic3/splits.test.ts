import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ListedSample } from '../../../../data/icu/mimic3/listfile.ts';
import { divideSubjects, type Listing, type TaskListings } from '../../../../data/icu/mimic3/splits.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectError } from '../../../support/errors.ts';

const sample = (subject: string | number, episode = 1): ListedSample => ({ stay: `${subject}_episode${episode}_timeseries.csv`, subject: `${subject}`, hours: 48, labels: [0] });
const listing = (file: string, subjects: readonly (string | number)[]): Listing => ({ file, samples: subjects.map((subject, i) => sample(subject, i)) });

const subjectsOf = (samples: readonly ListedSample[]): Set<string> => new Set(samples.map(({ subject }) => subject));

/** Of every task, the subjects in each part; throws when one is in two. */
function check(tasks: ReturnType<typeof divideSubjects>): Record<'train' | 'validation' | 'test', Set<string>> {
  const all = { train: new Set<string>(), validation: new Set<string>(), test: new Set<string>() };
  for (const task of tasks) for (const part of ['train', 'validation', 'test'] as const) for (const subject of subjectsOf(task[part])) all[part].add(subject);
  expect(new Set([...all.train, ...all.validation, ...all.test]).size).toBe(all.train.size + all.validation.size + all.test.size);
  return all;
}

const numbers = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 60 });
/** Test subjects are those from 100. */
const task = (withValidation: boolean): fc.Arbitrary<TaskListings> =>
  fc.tuple(numbers, numbers, numbers).map(([train, validation, test]) => ({
    train: listing('train', withValidation ? train.filter((subject) => subject % 5 !== 0 || subject === 1).concat(1) : train),
    validation: withValidation ? listing('validation', validation.map((subject) => subject - (subject % 5))) : null,
    test: listing('test', test.map((subject) => subject + 100)),
  }));

test('no subject is in two parts, in one task or across tasks, and no sample is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean().chain(task), { minLength: 1, maxLength: 3 }), fc.nat(100), (tasks, seed) => {
      const divided = divideSubjects(tasks, seed);
      check(divided);
      tasks.forEach((listed, i) => {
        const { train, validation, test: held } = divided[i]!;
        const before = [...listed.train.samples, ...(listed.validation?.samples ?? []), ...listed.test.samples];
        expect(new Set([...train, ...validation, ...held])).toEqual(new Set(before));
        expect(train.length + validation.length + held.length).toBe(before.length);
      });
    }),
  );
});

test('without lists for validation, 15 % of the subjects of all tasks validate, by the seed', () => {
  const tasks = [0, 50].map((start): TaskListings => ({ train: listing('train', Array.from({ length: 200 }, (_, i) => start + (i % 100))), validation: null, test: listing('test', [1000]) }));
  const all = check(divideSubjects(tasks, 3));
  expect([all.train.size, all.validation.size]).toEqual([128, 22]);
  expect(divideSubjects(tasks, 3)).toEqual(divideSubjects(tasks, 3));
  expect(check(divideSubjects(tasks, 4)).validation).not.toEqual(all.validation);
});

test('the validation list of one task holds for the others', () => {
  const [first, second] = divideSubjects(
    [
      { train: listing('a', [1, 2, 3]), validation: listing('b', [4, 5]), test: listing('c', [9]) },
      { train: listing('d', [1, 4, 5, 6]), validation: null, test: listing('e', [9]) },
    ],
    0,
  );
  expect([...subjectsOf(first!.validation), ...subjectsOf(second!.validation)]).toEqual(['4', '5', '4', '5']);
  expect([...subjectsOf(second!.train)]).toEqual(['1', '6']);
});

test.each<[string, TaskListings[], string[]]>([
  ['in one task', [{ train: listing('a.csv', [1, 2]), validation: null, test: listing('c.csv', [2]) }], ['a.csv: subject 2 is listed for train, and for test in c.csv']],
  ['in validation and training', [{ train: listing('a.csv', [1, 2]), validation: listing('b.csv', [2]), test: listing('c.csv', [9]) }], ['b.csv: subject 2 is listed for validation, and for train in a.csv']],
  [
    'across tasks',
    [
      { train: listing('a.csv', [1]), validation: listing('b.csv', [2]), test: listing('c.csv', [9]) },
      { train: listing('d.csv', [9]), validation: null, test: listing('e.csv', [8]) },
    ],
    ['d.csv: subject 9 is listed for train, and for test in c.csv'],
  ],
  [
    'across lists for validation',
    [
      { train: listing('a.csv', [1]), validation: listing('b.csv', [2]), test: listing('c.csv', [9]) },
      { train: listing('d.csv', [2]), validation: listing('e.csv', [3]), test: listing('f.csv', [9]) },
    ],
    ['d.csv: subject 2 is listed for train, and for validation in b.csv'],
  ],
])('a subject in two parts %s is an error', (_, tasks, parts) => expectError(() => divideSubjects(tasks, 0), DataError, ...parts));
