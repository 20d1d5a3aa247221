"""verl's own config, data set, reward managers and GDPO advantage on what we export and return. No training: that needs GPUs."""

import asyncio
import json
import os
import random
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy
import torch
import verl
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from tests.real_server import PROMPTS, RealServer, Workshop, response, run, write_rows
from tiny_model import tiny_model
from verl import DataProto
from verl.trainer.ppo.core_algos import compute_gdpo_outcome_advantage
from verl.trainer.ppo.reward import get_custom_reward_fn, load_reward_manager
from verl.utils.config import omega_conf_to_dataclass
from verl.utils.dataset.rl_dataset import RLHFDataset

from allgood_rewards import Client

DRAW = random.Random(5)
GROUP = 4
ITEMS = [(prompt, response(DRAW)) for prompt in PROMPTS[:3] for _ in range(GROUP)]

#: Stands where `python3` is looked up: notes how verl is called, and is Python for everything else.
PYTHON = """#!{python}
import json, os, sys
if sys.argv[1:3] == ["-m", "verl.trainer.main_ppo"]:
    json.dump(sys.argv[3:], open({called!r}, "w"))
else:
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
"""


class Verl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="allgood-verl-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.server = RealServer(Workshop.objective())
        cls.addClassCleanup(cls.server.stop)
        with Client(cls.server.url) as client:
            cls.scores = client.score(ITEMS)
        model, cls.tokenizer = tiny_model()
        cls.policy = str(Path(cls.folder.name) / "policy")
        model.save_pretrained(cls.policy)
        cls.tokenizer.save_pretrained(cls.policy)
        cls.goal = cls.launch("goal")
        cls.values = cls.launch("values", "--per-value")

    @classmethod
    def launch(cls, name, *options):
        """Exports, runs train.sh as far as verl, and gives verl's config with the overrides that it got."""
        out, bin = Path(cls.folder.name) / name, Path(cls.folder.name) / f"{name}-bin"
        run(
            *("export", "verl", "--objective", str(Workshop.objective()), "--url", cls.server.url),
            *("--model", cls.policy, "--out", str(out), *options),
        )
        write_rows(out / "prompts.jsonl", [{"prompt": prompt} for prompt, _ in ITEMS])
        bin.mkdir()
        called = out / "called.json"
        (bin / "python3").write_text(PYTHON.format(python=sys.executable, called=str(called)))
        (bin / "python3").chmod(stat.S_IRWXU)
        environment = {**os.environ, "PATH": f"{bin}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run([str(out / "train.sh"), str(out / "prompts.jsonl")], env=environment, check=True)
        with initialize_config_dir(str(Path(verl.__file__).parent / "trainer" / "config"), version_base=None):
            return compose("ppo_trainer", overrides=json.loads(called.read_text()))

    def test_verl_knows_every_override(self):
        algorithm = omega_conf_to_dataclass(self.goal.algorithm)
        self.assertEqual((algorithm.adv_estimator, algorithm.kl_ctrl.kl_coef), ("rloo", 0.1))
        algorithm = omega_conf_to_dataclass(self.values.algorithm)
        self.assertEqual(list(algorithm.gdpo_reward_keys), ["helpful/log_p", "harmless/log_p"])
        self.assertEqual(list(algorithm.gdpo_reward_weights), [1, 1])
        self.assertEqual(self.values.reward.reward_manager.name, "gdpo")
        self.assertEqual(self.goal.actor_rollout_ref.model.path, self.policy)

    def test_the_data_set_carries_the_prompt_to_the_reward_manager(self):
        for config in (self.goal, self.values):
            data = RLHFDataset(config.data.train_files, self.tokenizer, config.data)
            self.assertEqual(len(data), len(ITEMS))
            manager = load_reward_manager(OmegaConf.merge(config, {}), self.tokenizer)
            for (prompt, answer), score, row in zip(ITEMS[::5], self.scores[::5], [data[i] for i in range(0, 12, 5)]):
                found = asyncio.run(self.run_single(manager, row, answer))
                self.assertEqual(found["reward_score"], score.u)
                extra = found["reward_extra_info"]
                self.assertEqual(extra["harmless/log_p"], score.values["harmless"].log_p)
                self.assertEqual((extra["p"], extra["helpful/r"]), (score.p, score.values["helpful"].r))

    async def run_single(self, manager, row, answer):
        manager.loop = asyncio.get_running_loop()
        responses = self.tokenizer(answer, return_tensors="pt", add_special_tokens=False)["input_ids"]
        data = DataProto.from_dict(
            tensors={"responses": responses, "attention_mask": torch.ones_like(responses)},
            non_tensors={
                key: numpy.array([row[key]], dtype=object) for key in ("data_source", "reward_model", "extra_info")
            },
        )
        return await manager.run_single(data)

    def test_the_function_is_loaded_as_verl_loads_it(self):
        function = get_custom_reward_fn(self.goal)
        prompt, answer = ITEMS[0]
        call = function(
            data_source="allgood", solution_str=answer, ground_truth="", extra_info={"prompt": prompt, "index": 0}
        )
        self.assertEqual(asyncio.run(call)["score"], self.scores[0].u)

    def test_gdpo_reads_the_values_rewards(self):
        """A = whiten(Σ w (r − mean)/std), with verl's whitening over the tokens of the batch."""
        count = len(ITEMS)
        keys = list(self.values.algorithm.gdpo_reward_keys)
        rewards = {key: numpy.array([score.columns()[key] for score in self.scores]) for key in keys}
        advantages, _ = compute_gdpo_outcome_advantage(
            token_level_rewards=torch.zeros(count, 1),
            response_mask=torch.ones(count, 1),
            index=numpy.repeat(numpy.arange(3), GROUP),
            config=self.values.algorithm,
            non_tensor_batch=rewards,
            batch={"prompts": torch.zeros(count, 1), "attention_mask": torch.ones(count, 2, dtype=torch.long)},
        )
        grouped = {key: torch.tensor(reward).view(-1, GROUP) for key, reward in rewards.items()}
        summed = sum(
            (group - group.mean(1, keepdim=True)) / (group.std(1, keepdim=True) + 1e-6) for group in grouped.values()
        ).flatten()
        expected = (summed - summed.mean()) / summed.std()
        torch.testing.assert_close(advantages.flatten().double(), expected, rtol=1e-3, atol=1e-3)


if __name__ == "__main__":
    unittest.main()
