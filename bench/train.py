"""The training step of bench/gpt.ts in PyTorch. Reads `step`, `product` or `stop` from standard input, one a line, and
answers with milliseconds."""

import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

shape = json.loads(sys.argv[1])
width, heads, batch, length = shape["width"], shape["heads"], shape["batch"], shape["length"]
torch.set_num_threads(shape["threads"])
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        q, k, v = (
            part.view(batch, length, heads, width // heads).transpose(1, 2)
            for part in self.qkv(self.norm1(x)).split(width, dim=-1)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(shape["vocabulary"], width)
        self.positions = nn.Parameter(0.02 * torch.randn(length, width))
        self.blocks = nn.Sequential(*(Block() for _ in range(shape["layers"])))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, shape["vocabulary"], bias=False)

    def forward(self, ids, targets):
        logits = self.head(self.norm(self.blocks(self.tokens(ids) + self.positions)))
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


model = Gpt()
optimiser = torch.optim.AdamW(model.parameters(), lr=3e-4, weight_decay=0.01, fused=True)
ids, targets = torch.randint(shape["vocabulary"], (2, batch, length))
a, b = torch.rand(1024, 1024), torch.rand(1024, 1024)
c = torch.empty(1024, 1024)


def step():
    optimiser.zero_grad(set_to_none=True)
    loss = model(ids, targets)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    loss.item()


def product():
    torch.mm(a, b, out=c)


for line in sys.stdin:
    request = line.strip()
    if request == "stop":
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"version": torch.__version__, "peakMB": peak}), flush=True)
        break
    start = time.perf_counter()
    {"step": step, "product": product}[request]()
    print(1000 * (time.perf_counter() - start), flush=True)
