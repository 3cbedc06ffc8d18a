import fc from 'fast-check';
import { Device, mul, sigmoid, tensor } from 'lazygrad';
import { APO } from 'lazygrad/apo';
import { checkInvariants, gradcheck, hostTensors, maskedOptimizer, masksOf, scriptArena, scripts } from 'lazygrad/testing';
import type { MaskedOptimizer, Masks } from 'lazygrad/testing';

const device = await Device.create();
const TASKS = ['heart', 'lungs'];

// An activation of our own has the derivative that it should, whatever the shape.
await fc.assert(fc.asyncProperty(hostTensors({ most: 2, kinds: ['normal'] }), async ({ shape, data }) => {
  using _scope = device.scope();
  await gradcheck((x) => mul(x, sigmoid(x)), [tensor(device, data, shape)]);
}), { numRuns: 10 });
console.log('x sigmoid(x): every derivative is right');

// APO keeps its promises to the tasks, for options of ours.
await fc.assert(fc.asyncProperty(scripts({ tasks: TASKS }), async (script) => {
  using _scope = device.scope();
  const apo = new APO(scriptArena(device, script), TASKS, { lr: 0.5, k: 0.75, damping: 10 });
  await checkInvariants(maskedOptimizer(apo), script);
}), { numRuns: 10 });
console.log('APO: every invariant holds');

/** An update rule of our own, with a mistake: a task takes what belongs to another. */
class LastCome implements MaskedOptimizer {
  readonly tasks = TASKS;
  readonly #theta: Float32Array;
  readonly #owners: Uint32Array;

  constructor(initial: Float32Array) {
    this.#theta = initial.slice();
    this.#owners = new Uint32Array(initial.length);
  }

  step(task: string, gradient: Float32Array): undefined {
    gradient.forEach((g, i) => {
      if (Math.abs(g) <= 1) return;
      this.#theta[i] = (this.#theta[i] ?? 0) - 0.5 * g;
      this.#owners[i] = TASKS.indexOf(task) + 1;
    });
  }

  endEpoch(): void { /* nothing to do */ }
  parameters = (): Float32Array => this.#theta.slice();
  masks = (): Masks => masksOf(this.#owners, TASKS);
}

const { errorInstance } = await fc.check(fc.asyncProperty(scripts({ tasks: TASKS }), (script) => checkInvariants(new LastCome(script.initial), script)), { seed: 1 });
console.log(`LastCome: ${errorInstance instanceof Error ? errorInstance.message : 'every invariant holds'}`);
