"""OpenRLHF's reward_func: its arguments, its tensors, and a query that holds more than the response."""

import importlib.util
import unittest

from allgood_rewards import Client, RewardServerError
from allgood_rewards.openrlhf import make_reward_func, rows
from allgood_rewards.prompts import response_of

from .faulty_server import FaultyServer, status

HAS_TORCH = importlib.util.find_spec("torch") is not None
TEMPLATED = "<|im_start|>user\nSay a<|im_end|>\n<|im_start|>assistant\n"


class ResponseOf(unittest.TestCase):
    def test_the_prompt_and_the_end_tokens_are_cut_off(self):
        ends = ("<|im_end|>", "</s>")
        for query in ("a", "a<|im_end|>", "a<|im_end|>\n", "a</s><|im_end|>"):
            self.assertEqual(response_of(TEMPLATED + query, TEMPLATED, ends), "a")
        self.assertEqual(response_of("<s>Say a</s>\n", "Say", ("</s>",)), "a")
        self.assertEqual(response_of("Say a", "Say", ()), "a")

    def test_a_query_without_its_prompt_is_refused(self):
        with self.assertRaisesRegex(ValueError, "does not begin with the prompt"):
            response_of("y a", "Say a")
        with self.assertRaisesRegex(ValueError, "does not begin with the prompt"):
            response_of("So: Say a: b", "Say a:")


@unittest.skipUnless(HAS_TORCH, "SKIPPED: no torch")
class RewardFunc(unittest.TestCase):
    def test_tensors_of_one_number_a_response(self):
        import torch

        with FaultyServer() as server, Client(server.url) as client:
            found = make_reward_func(client)(["Say a: a", "Say b: bb"], ["Say a: ", "Say b: "], [None, None])
            self.assertEqual(server.requests[0]["body"]["items"][1], {"prompt": "Say b: ", "response": "bb"})
        self.assertEqual(found["rewards"].tolist(), [-2.0, -3.0])
        self.assertEqual(found["scores"].tolist(), [0.25, 0.25])
        self.assertEqual(found["extra_logs"]["harmless/p"].tolist(), [0.75, 0.75])
        # what samples_generator.py does with them
        torch.tensor([found["rewards"][:1]])
        self.assertEqual(found["extra_logs"]["helpful/r"].flatten()[0].item(), -2.0)

    def test_the_prompt_may_come_from_the_label(self):
        messages = [{"role": "user", "content": "Say a"}]
        labels = [row["label"] for row in rows(["Say a", messages, "[INST] a"])]
        with FaultyServer() as server, Client(server.url) as client:
            reward_func = make_reward_func(client, prompt_from="label")
            reward_func([TEMPLATED + "a<|im_end|>"] * 4, [TEMPLATED] * 4, [*labels, None])
            items = server.requests[0]["body"]["items"]
            self.assertEqual([item["prompt"] for item in items], ["Say a", messages, "[INST] a", TEMPLATED])
            self.assertEqual({item["response"] for item in items}, {"a"})

    def test_a_failure_is_raised(self):
        with FaultyServer(last=status(422)) as server, Client(server.url) as client:
            with self.assertRaises(RewardServerError):
                make_reward_func(client)(["Say a"], ["Say"], [None])

    def test_what_can_not_be_meant(self):
        with FaultyServer() as server, Client(server.url) as client:
            with self.assertRaisesRegex(ValueError, "2 queries, 1 prompts"):
                make_reward_func(client)(["a", "b"], ["a"], [None])
            with self.assertRaisesRegex(ValueError, "prompt_from"):
                make_reward_func(client, prompt_from="query")


if __name__ == "__main__":
    unittest.main()
