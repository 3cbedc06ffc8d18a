import { Device, SGD, backward, crossEntropy, tensor } from 'lazygrad';
import { APO } from 'lazygrad/apo';
import { batches } from 'lazygrad/data';
import { loadDataset } from 'lazygrad/data/node';
import { MultiTaskModel, multiTaskCNN } from 'lazygrad/models';

const device = await Device.create();
const { tasks } = await loadDataset('mnist-pair', { seed: 0, limit: 256 });
const trunk = multiTaskCNN({ input: [1, 28, 28], channels: [8, 16], features: 32 });
const model = new MultiTaskModel(device, trunk, tasks.map(({ name, classes }) => ({ name, outputs: classes })), 0);
const shared = new APO(model.shared, tasks.map((task) => task.name), { lr: 0.1 });
const heads = new Map([...model.heads].map(([name, arena]) => [name, new SGD(arena, { lr: 0.1 })]));

for (let epoch = 0; epoch < 2; epoch++) {
  for (const task of tasks) {
    for (const batch of batches(task.train, 28 * 28, { batchSize: 32, seed: 0, epoch, stream: task.name })) {
      using _scope = device.scope(); // frees what the step made
      const logits = model.forward(tensor(device, batch.inputs, [batch.size, 1, 28, 28]), task.name);
      model.zeroGrad();
      backward(crossEntropy(logits, tensor(device, batch.targets)));
      shared.step(task.name);
      heads.get(task.name)?.step();
      await device.finish(); // one submit a step
    }
  }
  shared.endEpoch();
  const { owned, unclaimed } = await shared.ownership();
  console.log(`epoch ${epoch + 1}:`, tasks.map((task, i) => `${task.name} owns ${owned[i]?.toFixed(3)}`).join(', '), `unclaimed ${unclaimed.toFixed(3)}`);
}
