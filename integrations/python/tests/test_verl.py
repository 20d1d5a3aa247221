"""verl's compute_score: its arguments, its two ways of calling, its data set."""

import asyncio
import inspect
import json
import unittest
from unittest import mock

from allgood_rewards import Client, RewardServerError
from allgood_rewards.verl import compute_score, compute_score_async, rows

from .faulty_server import FaultyServer, status

MESSAGES = [{"role": "user", "content": "Say a"}]


def call(client, response="a", extra_info=None, function=compute_score, **options):
    # as verl's reward managers call it
    return function(
        data_source="allgood",
        solution_str=response,
        ground_truth="",
        extra_info={"prompt": MESSAGES, "num_turns": 2} if extra_info is None else extra_info,
        url=client,
        **options,
    )


class ComputeScore(unittest.TestCase):
    def test_score_and_everything_beside_it(self):
        with FaultyServer() as server, Client(server.url) as client:
            found = call(client)
            self.assertEqual(server.requests[0]["body"]["items"], [{"prompt": MESSAGES, "response": "a"}])
        self.assertEqual((found["score"], found["p"], found["helpful/p"], found["harmless/z"]), (-2, 0.25, 0.25, 2))
        self.assertTrue(all(isinstance(value, float) for value in found.values()))

    def test_async_scores_many_at_once(self):
        self.assertTrue(inspect.iscoroutinefunction(compute_score_async))
        self.assertFalse(inspect.iscoroutinefunction(compute_score))

        async def run(client):
            calls = [call(client, "a" * n, function=compute_score_async) for n in range(20)]
            return [result["score"] for result in await asyncio.gather(*calls)]

        with FaultyServer() as server, Client(server.url) as client:
            self.assertEqual(asyncio.run(run(client)), [-(n + 1.0) for n in range(20)])

    def test_other_arguments_of_verl_are_let_pass(self):
        with FaultyServer() as server, Client(server.url) as client:
            call(client, reward_router_address="x:1", reward_model_tokenizer=None)

    def test_the_server_comes_from_the_environment(self):
        with FaultyServer() as server, mock.patch.dict("os.environ", {"ALLGOOD_URL": server.url}):
            self.assertEqual(call(None)["score"], -2)
        with mock.patch.dict("os.environ", {"ALLGOOD_URL": ""}), self.assertRaisesRegex(ValueError, "ALLGOOD_URL"):
            call(None)

    def test_a_data_set_without_prompts_is_told_what_to_do(self):
        with FaultyServer() as server, Client(server.url) as client:
            for extra_info in ({"index": 3}, {}):
                with self.assertRaisesRegex(ValueError, 'extra_info holds no "prompt"'):
                    call(client, extra_info=extra_info)

    def test_a_failure_is_raised(self):
        with FaultyServer(last=status(422)) as server, Client(server.url) as client:
            with self.assertRaises(RewardServerError):
                call(client)


class Rows(unittest.TestCase):
    def test_rows_hold_what_compute_score_needs(self):
        found = list(rows(["Say a", MESSAGES]))
        self.assertEqual(found[0]["prompt"], MESSAGES)
        self.assertEqual(found[0]["extra_info"]["prompt"], found[1]["extra_info"]["prompt"])
        self.assertEqual(found[1]["extra_info"]["index"], 1)
        json.dumps(found)


if __name__ == "__main__":
    unittest.main()
