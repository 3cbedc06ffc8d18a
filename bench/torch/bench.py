"""The same work in PyTorch, for comparison: python bench/torch/bench.py [--filter TEXT] [--seconds S] [--small] [--device cuda|cpu].

Prints one line of JSON for each case, by the names of `npm run bench -- --size gpu`, with the median of whole runs in milliseconds. Needs torch and nothing else. float32
throughout: TF32 is off, as WebGPU has no such thing. On CUDA, times are taken by events around several runs; eager unless the name says captured.
"""
import argparse
import json
import math
import time

import torch
import torch.nn.functional as F
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument('--filter', default='')
parser.add_argument('--seconds', type=float, default=3)
parser.add_argument('--small', action='store_true', help='small shapes, to try the script')
parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
options = parser.parse_args()
device = torch.device(options.device)
small = options.small

torch.manual_seed(0)
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False


def uniform(*shape):
    return torch.rand(*shape, device=device) * 2 - 1


def synchronize():
    if device.type == 'cuda':
        torch.cuda.synchronize()


def measure(name, run, flops=None, bytes_moved=None):
    for _ in range(3):
        run()
    synchronize()
    started = time.perf_counter()
    run()
    synchronize()
    once = time.perf_counter() - started
    at_once = max(1, min(50, round(0.01 / max(once, 1e-6))))
    samples, until = [], time.perf_counter() + options.seconds
    while len(samples) < 7 or time.perf_counter() < until:
        started = time.perf_counter()
        for _ in range(at_once):
            run()
        synchronize()
        samples.append((time.perf_counter() - started) * 1000 / at_once)
    median = sorted(samples)[len(samples) // 2]
    line = {'name': name, 'ms': {'median': median, 'min': min(samples), 'max': max(samples)}}
    if flops:
        line['gflops'] = flops / median / 1e6
    if bytes_moved:
        line['gbps'] = bytes_moved / median / 1e6
    print(json.dumps(line), flush=True)


def matmul(n):
    a, b = uniform(n, n), uniform(n, n)
    return lambda: a @ b


class MultiTaskCNN(nn.Module):
    """conv 3x3, pool, conv 3x3, pool, 128, 10."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3, padding=1), nn.Conv2d(32, 64, 3, padding=1)
        self.fc, self.head = nn.Linear(3136, 128), nn.Linear(128, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        return self.head(F.relu(self.fc(x.flatten(1))))


class Bottleneck(nn.Module):
    def __init__(self, inputs, inner, stride):
        super().__init__()
        outputs = 4 * inner
        self.body = nn.Sequential(
            nn.Conv2d(inputs, inner, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU(),
            nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU(),
            nn.Conv2d(inner, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        same = inputs == outputs and stride == 1
        self.short = nn.Identity() if same else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x))


def resnet50():
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    last = 64
    for level, count in enumerate([3, 4, 6, 3]):
        for i in range(count):
            inner = 64 * 2 ** level
            layers.append(Bottleneck(last, inner, 2 if level > 0 and i == 0 else 1))
            last = 4 * inner
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(last, 256), nn.ReLU(), nn.Linear(256, 10))


def training(model, x, lr, captured=False):
    model = model.to(device)
    y = torch.arange(len(x), device=device) % 10
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)

    def step():
        optimizer.zero_grad(set_to_none=not captured)
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    first = step().item()
    for _ in range(5):
        last = step().item()
    assert abs(first - math.log(10)) < 1 and last < first, f'losses {first} and {last}'
    if not captured:
        return step
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def backward_of(y, inputs):
    g = torch.rand_like(y)
    return lambda: torch.autograd.grad(y, inputs, g, retain_graph=True)


def conv_cases():
    n = 4 if small else 256
    m = 1 if small else 32
    for name, count, inputs, outputs, side, taps, stride in [
            ('multi-task-cnn', n, 32, 64, 14, 3, 1), ('resnet-3x3', m, 64, 64, 56, 3, 1), ('resnet-1x1', m, 64, 256, 56, 1, 1), ('resnet-3x3-strided', m, 128, 128, 56, 3, 2)]:
        x, w = uniform(count, inputs, side, side).requires_grad_(), uniform(outputs, inputs, taps, taps).requires_grad_()
        y = F.conv2d(x, w, stride=stride, padding=taps // 2)
        flops = 2 * y.numel() * inputs * taps * taps

        def forward(x=x, w=w, stride=stride, taps=taps):
            with torch.no_grad():
                F.conv2d(x, w, stride=stride, padding=taps // 2)
        yield f'kernel/conv2d/{name}/forward', forward, flops, None
        yield f'kernel/conv2d/{name}/by-input', backward_of(y, x), flops, None
        yield f'kernel/conv2d/{name}/by-weight', backward_of(y, w), flops, None


def row_cases():
    rows, width = (64, 128) if small else (65536, 1024)
    x, weight, bias = uniform(rows, width).requires_grad_(), uniform(width).requires_grad_(), uniform(width).requires_grad_()
    still = x.detach()
    yield 'kernel/softmax/forward', lambda: torch.softmax(still, -1), None, 8 * x.numel()
    yield 'kernel/softmax/backward', backward_of(torch.softmax(x, -1), x), None, 12 * x.numel()
    yield 'kernel/layer-norm/forward', lambda: F.layer_norm(still, [width], weight.detach(), bias.detach()), None, 8 * x.numel()
    yield 'kernel/layer-norm/backward', backward_of(F.layer_norm(x, [width], weight, bias), [x, weight, bias]), None, 12 * x.numel()
    side = 64 if small else 8192
    square = uniform(side, side)
    yield 'kernel/sum/all', lambda: square.sum(), None, 4 * side * side
    yield 'kernel/sum/rows', lambda: square.sum(1), None, 4 * side * side
    yield 'kernel/sum/columns', lambda: square.sum(0), None, 4 * side * side
    count = 1000 if small else 2 ** 26
    source, target = uniform(count), uniform(count)
    yield 'limit/copy/buffer', lambda: target.copy_(source), None, 8 * count


def plain_attention(q, k, v):
    return torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), -1) @ v


# PyTorch before 2.0 has none.
attention = getattr(F, 'scaled_dot_product_attention', plain_attention)


def attention_cases():
    for n, heads, length, depth in [(1, 2, 16, 32)] if small else [(64, 8, 256, 32), (16, 12, 1024, 64)]:
        q, k, v = (uniform(n, heads, length, depth).requires_grad_() for _ in range(3))
        product = 2 * n * heads * length * length * depth

        def forward(q=q, k=k, v=v):
            with torch.no_grad():
                attention(q, k, v)
        yield f'kernel/attention/{n}x{heads}x{length}x{depth}/forward', forward, 2 * product, None
        yield f'kernel/attention/{n}x{heads}x{length}x{depth}/backward', backward_of(attention(q, k, v), [q, k, v]), 5 * product, None


def step_cases():
    for exponent in [4] if small else [7, 8]:
        for name, make, moved in [('sgd', lambda p: torch.optim.SGD(p, lr=0.1), 12), ('adam', lambda p: torch.optim.Adam(p, lr=0.1, fused=device.type == 'cuda'), 28)]:
            p = nn.Parameter(uniform(10 ** exponent))
            p.grad = uniform(10 ** exponent)
            yield f'kernel/{name}-step/1e{exponent}', make([p]).step, None, moved * 10 ** exponent


def training_cases():
    for batch in [4] if small else [64, 256]:
        yield f'train/multi-task-cnn/{batch}', lambda batch=batch: training(MultiTaskCNN(), torch.rand(batch, 1, 28, 28, device=device), 0.05)
        if device.type == 'cuda':
            yield f'train/multi-task-cnn/{batch}/captured', lambda batch=batch: training(MultiTaskCNN(), torch.rand(batch, 1, 28, 28, device=device), 0.05, captured=True)
    yield 'train/resnet-50/4', lambda: training(resnet50(), torch.rand(4, 3, *([64, 64] if small else [224, 224]), device=device), 0.001)


def main():
    where = torch.cuda.get_device_name(device) if device.type == 'cuda' else 'cpu'
    print(json.dumps({'device': where, 'torch': torch.__version__, 'threads': torch.get_num_threads()}), flush=True)
    for n in [64] if small else [2048, 4096]:
        if options.filter in f'kernel/matmul/{n}':
            measure(f'kernel/matmul/{n}', matmul(n), 2 * n ** 3)
    for cases in [conv_cases, row_cases, attention_cases, step_cases]:
        for name, run, flops, moved in cases():
            if options.filter in name:
                measure(name, run, flops, moved)
    for name, make in training_cases():
        if options.filter in name:
            measure(name, make())


main()
