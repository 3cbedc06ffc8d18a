import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { createRunDirectory } from '../../cli/run-directory.ts';
import { addTrainingOptions } from '../../cli/options.ts';
import type { TrainingFlags } from '../../cli/options.ts';
import { augmentationOf, configOf, settingsOf } from '../../cli/training.ts';
import type { Settings } from '../../cli/training.ts';
import { ConfigError } from '../../engine/errors.ts';

const parent = mkdtempSync(join(tmpdir(), 'lazygrad-settings-'));
afterAll(() => rmSync(parent, { recursive: true }));

const ADAPTER = { name: 'test', kind: 'software', driver: '', source: '' } as const;
const settings: Settings = {
  dataset: 'mnist-pair', method: 'alternating-sgd', model: 'mlp', seed: 3, epochs: 2, batchSize: 8, lr: 0.1, limit: 0, tokens: 0, width: 1, hyperparameters: {},
  schedule: 'proportional', stepsPerTask: 7, cycle: true, taskOrder: 'relative', orderEvery: 2, selection: 'last',
};
const recorded = (changes: Record<string, unknown>): string => {
  const { options, ...config } = configOf(settings, ADAPTER);
  return createRunDirectory({ parent }, { ...config, options: { ...options, ...changes } }).path;
};

test('a recorded run gives the settings that it was made with', () => expect(settingsOf(recorded({}))).toEqual(settings));

test('how images are varied is recorded, and resolved task by task', () => {
  const augment = { '*': { padding: 4 }, digits: { flip: true } };
  expect(settingsOf(recorded({ augment }))).toEqual({ ...settings, augment });
  expect(augmentationOf({ augment }, [{ name: 'digits' }, { name: 'clothes' }])).toEqual({ digits: { flip: true }, clothes: { padding: 4 } });
  expect(augmentationOf({ augment: { other: { flip: true } } }, [{ name: 'digits' }])).toEqual({ other: { flip: true } });
});

test.each([
  [['padding=4'], { '*': { padding: 4 } }],
  [['padding=4', 'a:b:flip,padding=2'], { '*': { padding: 4 }, 'a:b': { flip: true, padding: 2 } }],
  [[], undefined],
])('--augment %j', (values, expected) => {
  const command = addTrainingOptions(new Command().exitOverride(), { epochs: 1, batchSize: 1, lr: 1, limit: 0, width: 1 });
  expect(command.parse(values.flatMap((value) => ['--augment', value]), { from: 'user' }).opts<TrainingFlags>().augment).toEqual(expected);
});

test.each(['', 'padding', 'padding=-1', 'flip,crop', 'a:'])('--augment %j is refused', (value) => {
  const command = addTrainingOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }), { epochs: 1, batchSize: 1, lr: 1, limit: 0, width: 1 });
  expect(() => command.parse(['--augment', value], { from: 'user' })).toThrow('Expected padding=N');
});

test('a run recorded before texts could be cut had all of them', () => expect(settingsOf(recorded({ tokens: undefined }))).toEqual(settings));

test('a run recorded without a schedule had the first one there was', () => {
  const without = recorded({ schedule: undefined, stepsPerTask: undefined, cycle: undefined, taskOrder: undefined, orderEvery: undefined, selection: undefined });
  expect(settingsOf(without)).toEqual({ ...settings, schedule: 'sequential', stepsPerTask: 0, cycle: false, taskOrder: 'fixed', orderEvery: 5, selection: 'best' });
});

test.each([
  [{ schedule: 'random' }, /schedule: expected sequential or interleaved or proportional, got random/],
  [{ taskOrder: 'best' }, /task order: expected fixed or dynamic or relative, got best/],
  [{ selection: 'luck' }, /selection: expected best or best-per-task or last, got luck/],
  [{ stepsPerTask: -1 }, /stepsPerTask/],
  [{ orderEvery: 0.5 }, /every/],
])('%o in a configuration is refused', (changes, message) => {
  const path = recorded(changes);
  expect(() => settingsOf(path)).toThrow(ConfigError);
  expect(() => settingsOf(path)).toThrow(message);
});
