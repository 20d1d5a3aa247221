"""TRL's GRPOTrainer on a tiny model made in place: what it logs are the rewards that `allgood serve` gave."""

import dataclasses
import importlib.util
import math
import re
import statistics
import sys
import tempfile
import unittest
from pathlib import Path

from datasets import Dataset
from tests.real_server import PROMPTS, RealServer, Workshop, run, write_rows
from tiny_model import tiny_model
from trl import GRPOConfig, GRPOTrainer
from trl import __version__ as trl_version

from allgood_rewards import Client
from allgood_rewards.trl import combined, per_value

#: Small enough for a CPU and a few seconds.
SMALL = dict(
    max_steps=3,
    per_device_train_batch_size=8,
    gradient_accumulation_steps=1,
    num_generations=4,
    max_completion_length=8,
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    disable_tqdm=True,
    use_cpu=True,
    bf16=False,
)


class Recorded:
    """A reward function that remembers what it was asked and what it said."""

    def __init__(self, function):
        self.function, self.calls = function, []
        self.__name__ = function.__name__

    def __call__(self, prompts, completions, **columns):
        rewards = self.function(prompts=prompts, completions=completions, **columns)
        self.calls.append((list(prompts), list(completions), rewards, columns))
        return rewards


def text_of(completion):
    return completion if isinstance(completion, str) else completion[-1]["content"]


class Trl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="allgood-trl-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.server = RealServer(Workshop.objective())
        cls.addClassCleanup(cls.server.stop)
        # another client than the one that trains: what it says is the truth to compare with
        cls.client = Client(cls.server.url)

    def train(self, functions, rows, **options):
        model, tokenizer = tiny_model()
        trainer = GRPOTrainer(
            model=model,
            processing_class=tokenizer,
            reward_funcs=functions,
            args=GRPOConfig(output_dir=str(Path(self.folder.name) / "out"), **{**SMALL, **options}),
            train_dataset=Dataset.from_list(rows),
        )
        trainer.train()
        return [entry for entry in trainer.state.log_history if "reward" in entry]

    def truth(self, prompts, completions):
        """Scores by one request a response."""
        return [self.client.score([(p, text_of(c))])[0] for p, c in zip(prompts, completions)]

    def test_combined_text_and_conversations(self):
        for form in (lambda p: p, lambda p: [{"role": "user", "content": p}]):
            reward = Recorded(combined(Client(self.server.url, batch_size=3)))
            logs = self.train(reward, [{"prompt": form(prompt)} for prompt in PROMPTS[:8]], scale_rewards="none")
            self.assertEqual((len(logs), len(reward.calls)), (3, 3))
            for log, (prompts, completions, rewards, _) in zip(logs, reward.calls):
                scores = self.truth(prompts, completions)
                self.assertEqual(rewards, [score.u for score in scores])
                self.close(log["rewards/allgood/mean"], statistics.mean(rewards))
                self.close(log["rewards/allgood/std"], statistics.stdev(rewards))
                self.close(log["reward"], statistics.mean(rewards))
                self.close(log["allgood/p"], statistics.mean(score.p for score in scores))
                self.close(log["allgood/harmless/z"], statistics.mean(s.values["harmless"].z for s in scores))
                self.assertGreater(log["rewards/allgood/std"], 0)

    def test_per_value_summed_by_trl(self):
        client = Client(self.server.url)
        asked = []
        score, client.score = client.score, lambda items: asked.append(len(items)) or score(items)
        functions = [
            Recorded(per_value(client, "helpful")),
            Recorded(per_value(client, "harmless", applies="risky")),
        ]
        rows = [{"prompt": prompt, "risky": i % 2 == 0} for i, prompt in enumerate(PROMPTS[:8])]
        for aggregation in ("sum_then_normalize", "normalize_then_sum"):
            for function in functions:
                function.calls.clear()
            asked.clear()
            logs = self.train(functions, rows, multi_objective_aggregation=aggregation, reward_weights=[1.0, 2.0])
            self.assertEqual((len(logs), asked), (3, [8, 8, 8]), "one request a step for both values")
            for log, helpful, harmless in zip(logs, *(function.calls for function in functions)):
                prompts, completions, _, columns = helpful
                truth = self.truth(prompts, completions)
                first = [score.values["helpful"].log_p for score in truth]
                second = [
                    score.values["harmless"].log_p if risky else None for score, risky in zip(truth, columns["risky"])
                ]
                self.assertEqual((helpful[2], harmless[2]), (first, second))
                told = [reward for reward in second if reward is not None]
                self.close(log["rewards/helpful/mean"], statistics.mean(first))
                self.close(log["rewards/harmless/mean"], statistics.mean(told) if told else math.nan)
                self.close(log["reward"], statistics.mean(a + 2 * (b or 0.0) for a, b in zip(first, second)))

    def test_the_exported_script_runs(self):
        model, tokenizer = tiny_model()
        policy = str(Path(self.folder.name) / "policy")
        model.save_pretrained(policy)
        tokenizer.save_pretrained(policy)
        for options in ((), ("--per-value",)):
            out = Path(self.folder.name) / f"export{len(options)}"
            run(
                *("export", "trl", "--objective", str(Workshop.objective()), "--url", self.server.url),
                *("--model", policy, "--out", str(out), *options),
            )
            prompts = out / "prompts.jsonl"
            write_rows(prompts, [{"prompt": prompt} for prompt in PROMPTS[:8]])
            script = load(out / "train.py")
            GRPOConfig(**{**script.GRPO, "output_dir": str(out / "whole"), "use_cpu": True, "bf16": False})
            script.GRPO.update(SMALL, output_dir=str(out / "trained"))
            script.main(str(prompts))
            self.assertTrue((out / "trained" / "config.json").exists())

    def test_the_option_names_that_exports_are_checked_against(self):
        list_of = Path(__file__).parents[2] / "src" / "cli" / "export" / "checked-options.fixture.ts"
        names = re.search(r"TRL_FIELDS = names\(`(.*?)`\)", list_of.read_text("utf-8"), re.S).group(1).split()
        self.assertGreater(len(names), 100)
        if trl_version != "1.16.0":
            self.skipTest(f"the list is of TRL 1.16.0, and {trl_version} is installed")
        self.assertEqual(set(names), {field.name for field in dataclasses.fields(GRPOConfig)})

    def test_a_server_of_another_objective_stops_the_run(self):
        reward = combined(Client(self.server.url, objective="0" * 64))
        with self.assertRaisesRegex(Exception, "expected 000000000000…"):
            self.train(reward, [{"prompt": prompt} for prompt in PROMPTS[:8]])

    def close(self, found, expected):
        """TRL computes in float32 and logs rounded numbers."""
        if math.isnan(expected):
            self.assertTrue(math.isnan(found))
        else:
            self.assertAlmostEqual(found, expected, delta=2e-4 * max(1.0, abs(expected)))


def load(file):
    spec = importlib.util.spec_from_file_location("exported_train", file)
    module = importlib.util.module_from_spec(spec)
    path = list(sys.path)
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = path
    return module


if __name__ == "__main__":
    unittest.main()
