import { Device, Generator, randn } from 'lazygrad';
import { cca, embed, linearCKA, rbfCKA } from 'lazygrad/analysis';
import { MultiTaskModel, mlp } from 'lazygrad/models';

const device = await Device.create();
const model = (seed: number): MultiTaskModel => new MultiTaskModel(device, mlp({ inputs: 16, widths: [32, 24] }), [{ name: 'task', outputs: 2 }], seed);

const samples = randn(device, [200, 16], new Generator(1));
const [a, b] = [await embed(model(1), 'task', samples), await embed(model(2), 'task', samples)]; // [200, 24] each
console.log('linear CKA', linearCKA(a, b).toFixed(3), 'debiased', linearCKA(a, b, { debiased: true }).toFixed(3));
console.log('RBF CKA', rbfCKA(a, b, { bandwidth: 0.5 }).toFixed(3));
console.log('CCA', cca(a, b).toFixed(3), 'without centring', cca(a, b, { centered: false }).toFixed(3));
