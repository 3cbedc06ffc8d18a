/** Cross-stitch networks: a network for each task, and learnt units that mix them. */
import { ConfigError, affine, assign, copy } from '../engine/index.ts';
import { MultiTaskModel, STITCH, crossStitch } from '../models/index.ts';
import { descendAll } from './descend.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';
import { plainSGD } from './plain-sgd.ts';
import { eachTask } from './term.ts';

/** SGD on the sum of the losses over all networks and units, the units' gradients times `stitchScale`. */
export const crossStitchNetworks: Method = {
  name: 'cross-stitch',
  family: 'soft parameter sharing',
  summary: 'a network for each task, mixed after every stage by learnt units',
  source: 'Misra et al., "Cross-stitch Networks for Multi-task Learning", CVPR 2016',
  hyperparameters: {
    own: { default: 0.9, range: [0, 1], summary: 'what a network takes of itself at first; the rest comes from the others' },
    stitchScale: { default: 10, range: [0, 1e4], summary: 'learning rate of the units, times that of the networks; 0 leaves them; the paper\'s: 100 to 1000' },
  },
  phases: joint,
  model: ({ device, trunk, tasks, seed }, { own }) => new MultiTaskModel(device, crossStitch({ trunk: () => trunk(), tasks: tasks.map(({ name }) => name), own: Number(own), seed }), tasks, seed),
  create({ model, tasks, lr, values }) {
    const { shared } = model;
    const units = shared.segments.flatMap(({ name }) => name.startsWith(STITCH) ? [shared.get(name)] : []);
    if (units.length === 0) throw new ConfigError('cross-stitch needs a network for each task, with units between them: build the model by buildModel');
    const update = plainSGD(model, lr);
    const scale = Number(values.stitchScale);
    return {
      step(terms) {
        descendAll(model, eachTask(tasks, terms).map((term) => term.loss()));
        for (const { grad } of units) if (grad) assign(grad, affine(copy(grad), scale, 0));
        update(tasks);
        return undefined;
      },
    };
  },
};
