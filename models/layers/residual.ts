/** The blocks of a ResNet: `relu(f(x) + x)`, x projected where f changes its shape. */
import { add, relu } from '../../engine/index.ts';
import { kaimingNormal } from '../init.ts';
import { batchNorm2d } from './batch-norm2d.ts';
import { conv2d } from './conv2d.ts';
import type { Layer } from './layer.ts';
import { composed, sequential } from './layer.ts';

/** Without bias, since a normalisation follows; padded so that stride 1 keeps the size. */
export function imageConv(name: string, inChannels: number, outChannels: number, kernel: number, stride = 1): Layer {
  return conv2d(name, inChannels, outChannels, kernel, { stride, padding: kernel >> 1, bias: false, init: kaimingNormal(outChannels * kernel * kernel) });
}

/** @param stages each followed by relu, the last after the sum */
function residual(name: string, stages: readonly Layer[], inChannels: number, outChannels: number, stride: number): Layer {
  const project = stride === 1 && inChannels === outChannels ? null : sequential(imageConv(`${name}.downsample.0`, inChannels, outChannels, 1, stride), batchNorm2d(`${name}.downsample.1`, outChannels));
  return composed(project ? [...stages, project] : stages, (x, parameters, mode) => {
    const y = stages.reduce((z, stage, i) => stage.forward(i === 0 ? z : relu(z), parameters, mode), x);
    return relu(add(y, project ? project.forward(x, parameters, mode) : x));
  });
}

/** Two 3x3 convolutions, the first with the stride. torchvision: `BasicBlock`. */
export function basicBlock(name: string, inChannels: number, inner: number, outChannels: number, stride: number): Layer {
  const stage = (i: number, from: number, to: number, step: number): Layer => sequential(imageConv(`${name}.conv${i}`, from, to, 3, step), batchNorm2d(`${name}.bn${i}`, to));
  return residual(name, [stage(1, inChannels, inner, stride), stage(2, inner, outChannels, 1)], inChannels, outChannels, stride);
}

/** 1x1 to fewer channels, 3x3 with the stride, 1x1 to more. torchvision: `Bottleneck`. */
export function bottleneck(name: string, inChannels: number, inner: number, outChannels: number, stride: number): Layer {
  const stage = (i: number, from: number, to: number, kernel: number, step = 1): Layer => sequential(imageConv(`${name}.conv${i}`, from, to, kernel, step), batchNorm2d(`${name}.bn${i}`, to));
  return residual(name, [stage(1, inChannels, inner, 1), stage(2, inner, inner, 3, stride), stage(3, inner, outChannels, 1)], inChannels, outChannels, stride);
}
