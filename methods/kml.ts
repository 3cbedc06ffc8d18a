/** KML: a trunk whose kernels are modulated by what the batch at hand looks like. */
import { MultiTaskModel } from '../models/index.ts';
import { alternatingSGD } from './alternating-sgd.ts';
import { FORMS, kernelModulation } from './kernel-modulation.ts';
import type { Method } from './method.ts';
import { wholeNumber } from './whole.ts';

export const kml: Method = {
  name: 'kml',
  family: 'meta-learning',
  summary: 'every kernel of the trunk is multiplied by factors in (0, 2) that small networks make of the batch; tasks alternate',
  source: 'Abdollahzadeh, Malekzadeh and Cheung, "Revisit Multimodal Meta-Learning through the Lens of Multi-Task Learning", NeurIPS 2021',
  hyperparameters: {
    form: { default: 'full', range: FORMS, summary: 'full: a factor for each weight, from generators that are larger than the trunk; rank-one: one for each row times one for each column' },
    embedding: { default: 32, range: [1, 4096], summary: 'width of the embedding of a batch' },
    hidden: { default: 32, range: [1, 4096], summary: 'width of the generators\' hidden layers' },
  },
  model({ device, trunk, tasks, seed }, values) {
    const plain = trunk();
    const modulation = kernelModulation(plain, { form: values.form === 'full' ? 'full' : 'rank-one', embedding: wholeNumber(values, 'embedding'), hidden: wholeNumber(values, 'hidden') });
    return new MultiTaskModel(device, plain, tasks, seed, modulation);
  },
  create: (context) => alternatingSGD.create(context),
};
