"""Everything against the real server: `allgood serve` with reward models trained on the spot."""

import asyncio
import importlib.util
import json
import math
import random
import unittest
import urllib.request

from allgood_rewards import Client, RewardServerError
from allgood_rewards.openrlhf import make_reward_func
from allgood_rewards.ray_data import ScoreBatch
from allgood_rewards.trl import combined, per_values
from allgood_rewards.verl import compute_score, compute_score_async, rows

from .real_server import PROMPTS, RealServer, Workshop, command, response

DRAW = random.Random(7)
ITEMS = [(prompt, response(DRAW)) for prompt in PROMPTS[:12] for _ in range(3)]
HAS_TORCH = importlib.util.find_spec("torch") is not None


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@unittest.skipIf(command() is None, "SKIPPED: no built command line")
class Real(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = RealServer(Workshop.objective())
        cls.addClassCleanup(cls.server.stop)
        cls.client = Client(cls.server.url, batch_size=10)
        cls.addClassCleanup(cls.client.close)
        cls.scores = cls.client.score(ITEMS)
        with urllib.request.urlopen(f"{cls.server.url}/v1/objective") as answer:
            cls.hash = json.load(answer)["hash"]

    def test_scores_are_those_of_each_item_alone(self):
        for item, score in list(zip(ITEMS, self.scores))[::7]:
            self.assertEqual(self.client.score([item]), [score])

    def test_an_and_is_the_sum_of_its_values(self):
        for score in self.scores:
            self.assertAlmostEqual(score.u, sum(value.log_p for value in score.values.values()), places=9)
            self.assertAlmostEqual(score.p, math.exp(score.u), places=9)
        self.assertGreater(len({score.u for score in self.scores}), 30)

    def test_better_words_score_higher(self):
        good, bad = self.client.score([(PROMPTS[0], "river kindly gently"), (PROMPTS[0], "river grumpy sharply")])
        self.assertGreater(good.u, bad.u)

    def test_text_and_messages_are_the_same_prompt(self):
        [text, messages] = self.client.score(
            [("what about thing 3", "stone"), ([{"role": "user", "content": "what about thing 3"}], "stone")]
        )
        self.assertEqual(text, messages)

    def test_trl(self):
        prompts, completions = zip(*ITEMS)
        self.assertEqual(combined(self.client)(prompts, completions), [score.u for score in self.scores])
        parts = [function(prompts, completions) for function in per_values(self.client, ["helpful", "harmless"])]
        for score, *part in zip(self.scores, *parts):
            self.assertAlmostEqual(score.u, sum(part), places=9)

    def test_verl(self):
        for row, (_, answer), score in zip(rows(p for p, _ in ITEMS), ITEMS[:4], self.scores):
            call = dict(data_source="x", solution_str=answer, ground_truth="", extra_info=row["extra_info"])
            self.assertEqual(compute_score(**call, url=self.client)["score"], score.u)
            self.assertEqual(asyncio.run(compute_score_async(**call, url=self.client))["score"], score.u)

    @unittest.skipUnless(HAS_TORCH, "SKIPPED: no torch")
    def test_the_function_of_openrlhf_and_the_server_cut_the_response_alike(self):
        template = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
        reward_func = make_reward_func(self.client, prompt_from="label")
        for (prompt, answer), score in list(zip(ITEMS, self.scores))[:3]:
            templated = template.format(prompt)
            for query in (
                f"{templated}{answer}",
                f"{templated}{answer}<|im_end|>",
                f"{templated}\n{answer} <|im_end|>\n<|endoftext|>",
                f"<s>{templated}{answer}</s>",
            ):
                body = {"query": [query], "prompts": [templated], "labels": [prompt]}
                theirs = post(f"{self.server.url}/get_reward", body)
                ours = reward_func(body["query"], body["prompts"], body["labels"])
                self.assertAlmostEqual(theirs["rewards"][0], score.u, places=12, msg=query)
                self.assertAlmostEqual(ours["rewards"].item(), score.u, places=5, msg=query)
                self.assertAlmostEqual(ours["scores"].item(), theirs["scores"][0], places=5)
                logged = ours["extra_logs"]["helpful/r"].item()
                self.assertAlmostEqual(logged, theirs["extra_logs"]["helpful/r"][0], places=4)

    def test_ray_data_over_two_servers_one_of_which_goes_away(self):
        with RealServer(Workshop.objective()) as second:
            score = ScoreBatch([self.server.url, second.url], client={"batch_size": 4, "backoff": 0.01})
            batch = {"prompt": [p for p, _ in ITEMS], "response": [r for _, r in ITEMS]}
            expected = [score.u for score in self.scores]
            self.assertEqual(list(score(batch)["u"]), expected)
            second.stop()
            self.assertEqual(list(score(batch)["u"]), expected)

    def test_the_objective_asked_for(self):
        with Client(self.server.url, objective=self.hash) as client:
            self.assertEqual(client.score(ITEMS[:1]), self.scores[:1])
        with Client(self.server.url, objective="0" * 64) as client:
            with self.assertRaisesRegex(RewardServerError, "expected 000000000000…"):
                client.score(ITEMS[:1])

    def test_keys(self):
        environment = {"SECRET": "sesame-open-sesame"}
        with RealServer(Workshop.objective(), "--key-env", "SECRET", environment=environment) as server:
            with Client(server.url, api_key="sesame-open-sesame") as client:
                self.assertEqual(client.score(ITEMS[:2]), self.scores[:2])
            with Client(server.url, api_key="wrong") as client, self.assertRaises(RewardServerError) as caught:
                client.score(ITEMS[:2])
            self.assertEqual((caught.exception.status, caught.exception.attempts), (401, 1))

    def test_a_prompt_without_a_reference_is_an_error_with_the_servers_words(self):
        with RealServer(Workshop.objective(), "--otherwise", "error") as server, Client(server.url) as client:
            self.assertEqual(client.score(ITEMS[:1]), self.scores[:1])
            with self.assertRaisesRegex(RewardServerError, "no reference for prompt") as caught:
                client.score([*ITEMS[:1], ("a prompt that nobody sampled", "stone")])
            self.assertEqual((caught.exception.status, caught.exception.attempts), (422, 1))

    def test_what_the_server_refuses(self):
        with self.assertRaises(RewardServerError) as caught:
            self.client.score([([{"role": "tool", "content": "x"}], "y")])
        self.assertEqual((caught.exception.status, caught.exception.attempts), (400, 1))


if __name__ == "__main__":
    unittest.main()
