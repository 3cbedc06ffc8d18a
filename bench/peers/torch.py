"""PyTorch on the CPU, two threads, in eager mode. Speaks the protocol of protocol.ts: `python3 torch.py`."""
import json
import math
import os
import sys
import time

# This file's own name is that of the package: its folder must not come first.
sys.path = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]
import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

torch.set_num_threads(2)


def load(work):
    def read(entry):
        values = np.fromfile(os.path.join(work["folder"], entry["name"] + ".bin"), dtype=entry["dtype"])
        return torch.from_numpy(values.reshape(entry["shape"]))

    return {entry["name"]: read(entry) for entry in work["arrays"]}


def linear(x, p, name):
    return F.linear(x, p[name + ".weight"], p[name + ".bias"])


def norm(x, p, name, eps):
    return F.layer_norm(x, x.shape[-1:], p[name + ".weight"], p[name + ".bias"], eps)


def conv_pool(x, p, name, pool):
    return F.relu(F.max_pool2d(F.conv2d(x, p[name + ".weight"], p[name + ".bias"], padding="same"), pool))


def attention(q, k, v, heads):
    n, steps, width = q.shape
    q, k, v = (t.view(n, steps, heads, width // heads).transpose(1, 2) for t in (q, k, v))
    weights = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(width // heads), -1)
    return (weights @ v).transpose(1, 2).reshape(n, steps, width)


def multi_task_cnn(x, p, _):
    x = conv_pool(conv_pool(x, p, "conv1", 2), p, "conv2", 2)
    return linear(F.relu(linear(x.flatten(1), p, "fc")), p, "head")


def sinusoids(steps, width):
    place = torch.arange(steps, dtype=torch.float64)[:, None]
    element = torch.arange(width)
    angle = place / 10000.0 ** ((element - element % 2).double() / width)
    return torch.where(element % 2 == 0, angle.sin(), angle.cos()).float()


def time_series_transformer(x, p, work):
    x = linear(x, p, "embedding")
    x = x + sinusoids(x.shape[1], x.shape[2])
    for i in range(work["layers"]):
        name = f"encoder.layers.{i}"
        q, k, v = F.linear(x, p[name + ".self_attn.in_proj_weight"], p[name + ".self_attn.in_proj_bias"]).chunk(3, -1)
        x = norm(x + linear(attention(q, k, v, work["heads"]), p, name + ".self_attn.out_proj"), p, name + ".norm1", 1e-5)
        x = norm(x + linear(F.relu(linear(x, p, name + ".linear1")), p, name + ".linear2"), p, name + ".norm2", 1e-5)
    return linear(F.relu(linear(x.mean(1), p, "fc")), p, "head")


def crnn(x, p, _):
    for i, pool in enumerate([2, 4, 4, 1]):
        x = conv_pool(x, p, f"conv{i + 1}", (pool, 1))
    x = x.squeeze(2).transpose(1, 2)  # [n, time, channels]
    weights = [p["lstm." + part] for part in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")]
    zeros = torch.zeros(1, x.shape[0], weights[1].shape[1])
    y, _, _ = torch._VF.lstm(x, (zeros, zeros), weights, True, 1, 0.0, True, False, True)
    return linear(y[:, -1], p, "head")


def tinybert(x, p, work):
    def table(name):
        return p[f"embeddings.{name}_embeddings.weight"]

    x = norm(F.embedding(x, table("word")) + table("position") + table("token_type")[:1], p, "embeddings.LayerNorm", 1e-12)
    for i in range(work["layers"]):
        name = f"encoder.layer.{i}"
        q, k, v = (linear(x, p, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        x = norm(x + linear(attention(q, k, v, work["heads"]), p, name + ".attention.output.dense"), p, name + ".attention.output.LayerNorm", 1e-12)
        x = norm(x + linear(F.gelu(linear(x, p, name + ".intermediate.dense")), p, name + ".output.dense"), p, name + ".output.LayerNorm", 1e-12)
    return linear(linear(torch.tanh(linear(x[:, 0], p, "pooler.dense")), p, "fc"), p, "head")


MODELS = {"multi-task-cnn": multi_task_cnn, "time-series-transformer": time_series_transformer, "crnn": crnn, "tinybert": tinybert}


class Kernel:
    def __init__(self, work):
        arrays = load(work)
        if work["kind"] == "matmul":
            self.compute = lambda: arrays["a"] @ arrays["b"]
            return
        x, weight, gradient = arrays["x"], arrays["weight"], arrays["gradient"]
        self.compute = {
            "conv2d": lambda: F.conv2d(x, weight, padding=1),
            "conv2d-input": lambda: torch.nn.grad.conv2d_input(x.shape, weight, gradient, padding=1),
            "conv2d-weight": lambda: torch.nn.grad.conv2d_weight(x, weight.shape, gradient, padding=1),
        }[work["kind"]]

    def step(self):
        self.result = self.compute()

    def read(self):
        return self.result.numpy()


class Training:
    def __init__(self, work):
        arrays = load(work)
        self.work, self.x, self.y = work, arrays["x"], arrays["y"].long()
        self.parameters = {name: arrays[name].requires_grad_() for name in work["parameters"]}
        self.optimizer = torch.optim.SGD(list(self.parameters.values()), lr=work["lr"])

    def step(self):
        self.optimizer.zero_grad()
        self.loss = F.cross_entropy(MODELS[self.work["kind"]](self.x, self.parameters, self.work), self.y)
        self.loss.backward()
        self.optimizer.step()

    def read(self):
        return np.concatenate([self.loss.detach().numpy().reshape(1), *(p.detach().numpy().ravel() for p in self.parameters.values())])


def main():
    def answer(**reply):
        print("@answer " + json.dumps(reply), flush=True)

    answer(version=torch.__version__, adapter="CPU, 2 threads")
    prepared = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                work = request["work"]
                prepared = (Training if work["parameters"] else Kernel)(work)
                answer()
            elif request["do"] == "step":
                ms = []
                for _ in range(request["count"]):
                    begun = time.perf_counter()
                    for _ in range(request["atOnce"]):
                        prepared.step()
                    ms.append((time.perf_counter() - begun) * 1000 / request["atOnce"])
                answer(ms=ms)
            else:
                np.ascontiguousarray(prepared.read(), dtype=np.float32).tofile(request["file"])
                answer()
        except Exception as error:  # noqa: BLE001: whatever it is, the runner shows it
            answer(error=f"{type(error).__name__}: {error}")
            return


main()
