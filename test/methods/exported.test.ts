/** The models of all methods that have one of their own: as ONNX, and saved and loaded again. */
import { describe, expect, test } from 'vitest';
import type { TaskInfo } from '../../data/index.ts';
import { CheckpointError } from '../../engine/index.ts';
import { METHODS, findMethod, loadModel, modelOf, resolveHyperparameters, saveModel } from 'lazygrad/methods';
import type { ModelRecipe } from 'lazygrad/methods';
import { exportOnnx } from 'lazygrad/models';
import { expectSame, floats, outputsOf, scramble } from '../models/onnx-support.ts';
import { testDevice } from '../support/device.ts';
import { writeSafetensors } from '../../engine/index.ts';

const SHAPE = [1, 8, 8];
const TASKS: readonly TaskInfo[] = [{ name: 'a', kind: 'multiclass', classes: 4, inputShape: SHAPE }, { name: 'b', kind: 'multilabel', classes: 3, inputShape: SHAPE }];

function recipeOf(name: string, set: Readonly<Record<string, string>> = {}): ModelRecipe {
  const method = findMethod(name);
  return { method: name, model: 'multi-task-cnn', width: 0.125, seed: 3, tasks: TASKS, hyperparameters: resolveHyperparameters(method, set) };
}

const CASES: readonly (readonly [string, ModelRecipe])[] = [
  ['apo', recipeOf('apo')],
  ...METHODS.filter((method) => 'model' in method).map(({ name }) => [name, recipeOf(name)] as const),
  ['kml, full', recipeOf('kml', { form: 'full' })],
];

describe.each(CASES)('%s', (_, recipe) => {
  test('as ONNX, and saved and loaded, it gives the same outputs', async () => {
    const device = await testDevice();
    using _scope = device.scope();
    const model = modelOf(device, recipe);
    await scramble(model, 0.05);
    const input = { shape: [3, ...SHAPE], data: floats([3, ...SHAPE]) };
    await expectSame(await exportOnnx(model, { inputs: SHAPE }), model, { input });
    const loaded = loadModel(device, await saveModel(model, recipe), 'model.safetensors');
    expect(loaded.recipe).toEqual(recipe);
    for (const { name } of TASKS) expect(await outputsOf(loaded.model, input, name)).toEqual(await outputsOf(model, input, name));
  });
});

describe('what is no exported model is refused', () => {
  const good = recipeOf('apo');
  const file = (metadata: Record<string, string>): Uint8Array => writeSafetensors({ tensors: new Map(), metadata });

  test.each([
    ['other safetensors', file({}), /x: expected a model that lazygrad has exported/],
    ['what is no JSON', file({ 'lazygrad.recipe': '{' }), /x: .*not JSON/],
    ['half a recipe', file({ 'lazygrad.recipe': JSON.stringify({ ...good, tasks: [{ name: 'a' }] }) }), /x: .*does not say/],
    ['an unknown method', file({ 'lazygrad.recipe': JSON.stringify({ ...good, method: 'magic' }) }), /x: there is no method magic/],
    ['no weights', file({ 'lazygrad.recipe': JSON.stringify(good) }), /x: .*shared\.conv1\.weight is missing/],
    ['not even safetensors', new Uint8Array(3), /x: /],
  ])('%s', async (_, bytes, message) => {
    const device = await testDevice();
    using _scope = device.scope();
    expect(() => loadModel(device, bytes, 'x')).toThrow(CheckpointError);
    expect(() => loadModel(device, bytes, 'x')).toThrow(message);
  });
});
