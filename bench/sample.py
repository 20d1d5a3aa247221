"""Sampling from the GPT of bench/gpt.ts in PyTorch, with a cache of keys and values that is allocated once. Reads
`<batch> <prompt> <new tokens>` or `stop` from standard input, one a line, and answers with milliseconds."""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

shape = json.loads(sys.argv[1])
width, heads, layers, vocabulary = shape["width"], shape["heads"], shape["layers"], shape["vocabulary"]
size = width // heads
torch.set_num_threads(shape["threads"])
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, keys, values, start):
        batch, length, _ = x.shape
        end = start + length
        q, k, v = (
            part.view(batch, length, heads, size).transpose(1, 2)
            for part in self.qkv(self.norm1(x)).split(width, dim=-1)
        )
        keys[:, :, start:end] = k
        values[:, :, start:end] = v
        mixed = F.scaled_dot_product_attention(q, keys[:, :, :end], values[:, :, :end], is_causal=length > 1)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(0.02 * torch.randn(shape["context"], width))
        self.blocks = nn.ModuleList(Block() for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, ids, cache, start):
        x = self.tokens(ids) + self.positions[start : start + ids.shape[1]]
        for block, (keys, values) in zip(self.blocks, cache):
            x = block(x, keys, values, start)
        return self.head(self.norm(x[:, -1]))


model = Gpt().eval()


@torch.inference_mode()
def sample(batch, prompt, new_tokens):
    room = (batch, heads, prompt + new_tokens, size)
    cache = [(torch.empty(room), torch.empty(room)) for _ in range(layers)]
    ids = torch.randint(vocabulary, (batch, prompt))
    found, scores, start = [], [], 0
    for _ in range(new_tokens):
        log_probs = F.log_softmax(model(ids, cache, start), dim=-1)
        start += ids.shape[1]
        ids = torch.multinomial(log_probs.exp(), 1)
        found.append(ids)
        scores.append(log_probs.gather(1, ids))
    return torch.cat(found, 1).tolist(), torch.cat(scores, 1).tolist()


for line in sys.stdin:
    request = line.strip()
    if request == "stop":
        print(json.dumps({"version": torch.__version__}), flush=True)
        break
    start = time.perf_counter()
    sample(*map(int, request.split()))
    print(1000 * (time.perf_counter() - start), flush=True)
