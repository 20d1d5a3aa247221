"""What OpenRLHF does with a reward server and with a reward function, done as its code does it.

OpenRLHF itself needs GPUs (vLLM, DeepSpeed) to be installed, so this is its request and its use of the answer, line by line
from openrlhf/utils/agent.py and trainer/ppo_utils/samples_generator.py at 03912e47ef6c77d1a9f87fcd186218a28d2b0098, against
the real server. It is not OpenRLHF's own code running.
"""

import asyncio
import importlib.util
import json
import random
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

import torch
from tests.real_server import PROMPTS, RealServer, Workshop, response, run

from allgood_rewards import Client

DRAW = random.Random(5)
ITEMS = [(prompt, response(DRAW)) for prompt in PROMPTS[:6]]
TEMPLATE = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"


def post(url, payload):
    """`session.post(url, json=data)` and `raise_for_status`."""
    request = urllib.request.Request(url, json.dumps(payload).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=180) as answer:
        return json.load(answer)


async def fetch_over_http(endpoints, queries, prompts, labels):
    """`_fetch_rewards_via_http`: the batch is cut among the servers, and the first answer is used."""
    size = (len(queries) + len(endpoints) - 1) // len(endpoints)
    parts = [slice(i * size, min((i + 1) * size, len(queries))) for i in range(len(endpoints))]
    tasks = [
        asyncio.to_thread(post, url, {"query": queries[p], "prompts": prompts[p], "labels": labels[p]})
        for url, p in zip(endpoints, parts)
    ]
    return await asyncio.gather(*tasks)


def experience(info):
    """`execute` and `_process_response_into_experience`: the tensors that training reads."""
    reward, score = info.get("rewards"), info.get("scores") or info.get("rewards")
    logs = {}
    for key, value in (info.get("extra_logs") or {}).items():
        if isinstance(value, torch.Tensor):
            value = value.flatten()[0].item()
        logs[key] = torch.tensor([value])
    return torch.tensor([reward]), torch.tensor([score]), logs


class OpenRlhf(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = RealServer(Workshop.objective())
        cls.addClassCleanup(cls.server.stop)
        with Client(cls.server.url) as client:
            cls.scores = client.score(ITEMS)

    def check(self, info, score):
        reward, filtered, logs = experience(info)
        self.assertAlmostEqual(reward.item(), score.u, delta=1e-5 * max(1, abs(score.u)))
        self.assertAlmostEqual(filtered.item(), score.p, places=6)
        self.assertTrue(0 <= filtered.item() <= 1)
        for value in ("helpful", "harmless"):
            self.assertAlmostEqual(logs[f"{value}/z"].item(), score.values[value].z, places=4)

    def test_over_http_one_sample_a_call(self):
        for (prompt, answer), score in zip(ITEMS, self.scores):
            templated = TEMPLATE.format(prompt)
            for before, query in ((prompt, f"{prompt} {answer}"), (templated, f"{templated}{answer}<|im_end|>")):
                url = f"{self.server.url}/get_reward"
                [info] = asyncio.run(fetch_over_http([url], [query], [before], [None]))
                self.check(info, score)

    def test_of_two_urls_the_second_gets_empty_lists(self):
        prompt, answer = ITEMS[0]
        urls = [f"{self.server.url}/get_reward"] * 2
        before = TEMPLATE.format(prompt)
        found = asyncio.run(fetch_over_http(urls, [before + answer], [before], [None]))
        self.check(found[0], self.scores[0])
        self.assertEqual(found[1]["rewards"], [])

    def test_the_exported_reward_function(self):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "openrlhf"
            run(
                *("export", "openrlhf", "--objective", str(Workshop.objective()), "--url", self.server.url),
                *("--model", "any/model", "--out", str(out)),
            )
            spec = importlib.util.spec_from_file_location("reward_func", str(out / "reward_func.py"))
            module = importlib.util.module_from_spec(spec)
            path = list(sys.path)
            spec.loader.exec_module(module)
            sys.path[:] = path
            for (prompt, answer), score in zip(ITEMS, self.scores):
                before = f"[INST] {prompt} [/INST]"
                call = asyncio.to_thread(module.reward_func, [f"{before} {answer}</s>"], [before], [prompt])
                self.check(asyncio.run(_awaited(call)), score)


async def _awaited(call):
    return await call


if __name__ == "__main__":
    unittest.main()
