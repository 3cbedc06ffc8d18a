/** A trained model as one file: its state, and the recipe to build it again. */
import { TASK_KINDS } from '../models/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import { CheckpointError, LazygradError, readSafetensors, writeSafetensors } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import { floats } from './checkpoint.ts';
import { modelOf } from './recipe.ts';
import type { ModelRecipe } from './recipe.ts';

/** Under which the recipe lies in the file's metadata. */
const RECIPE = 'lazygrad.recipe';

/**
 * A safetensors file: all that was learnt by its names, `shared.*`, `head.TASK.*` and `statistics.*`, and in the metadata the recipe.
 * @param metadata further facts, for people and other programs
 */
export async function saveModel(model: MultiTaskModel, recipe: ModelRecipe, metadata: Readonly<Record<string, string>> = {}): Promise<Uint8Array<ArrayBuffer>> {
  return writeSafetensors({ tensors: await model.stateDict(), metadata: { ...metadata, [RECIPE]: JSON.stringify(recipe) } });
}

/**
 * The model that `saveModel` has written, built anew, in evaluation mode.
 * @param file named in messages
 * @throws CheckpointError for anything else
 * @example const { model, recipe } = loadModel(device, await readFile('model.safetensors'), 'model.safetensors');
 */
export function loadModel(device: Device, bytes: Uint8Array, file: string): { readonly model: MultiTaskModel; readonly recipe: ModelRecipe } {
  const { tensors, metadata } = readSafetensors(bytes, file);
  const recipe = recipeOf(metadata[RECIPE], file);
  try {
    const model = modelOf(device, recipe);
    model.loadStateDict(floats([...tensors]));
    model.eval();
    return { model, recipe };
  } catch (error) {
    throw error instanceof LazygradError ? new CheckpointError(`${file}: ${error.message}`, { cause: error }) : error;
  }
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

const isTask = (value: unknown): boolean => isObject(value) && isText(value.name) && TASK_KINDS.some((kind) => kind === value.kind) && isNumber(value.classes)
  && Array.isArray(value.inputShape) && value.inputShape.every((size) => Number.isSafeInteger(size) && size > 0);

/** @throws CheckpointError */
function recipeOf(json: string | undefined, file: string): ModelRecipe {
  if (json === undefined) throw new CheckpointError(`${file}: expected a model that lazygrad has exported; its metadata has no ${RECIPE}`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new CheckpointError(`${file}: ${RECIPE} is not JSON`, { cause: error });
  }
  const fits = isObject(value) && isText(value.model) && isText(value.method) && isNumber(value.width) && isNumber(value.seed)
    && isObject(value.hyperparameters) && Object.values(value.hyperparameters).every((x) => isText(x) || isNumber(x)) && Array.isArray(value.tasks) && value.tasks.every(isTask);
  if (!fits) throw new CheckpointError(`${file}: ${RECIPE} does not say what the model is made of as this version of lazygrad does`);
  return value as ModelRecipe;
}
