"""TRL's reward functions: its call, its two forms of data, its None, and one request for all values."""

import threading
import unittest

from allgood_rewards import Client, RewardServerError
from allgood_rewards.trl import combined, per_value, per_values

from .faulty_server import FaultyServer, status, u_of

PROMPTS = ["Say a", "Say b", "Say b"]
COMPLETIONS = ["a", "bb", "ccc"]
#: What TRL passes beside prompts and completions.
TRL = {"completion_ids": [[1], [2], [3]], "trainer_state": object(), "log_extra": lambda *_: None}


def client_of(server, **options):
    return Client(server.url, **{"backoff": 0.001, "attempts": 2, **options})


class Combined(unittest.TestCase):
    def test_the_utility_of_each_completion(self):
        with FaultyServer() as server, client_of(server) as client:
            reward = combined(client)
            self.assertEqual(reward(prompts=PROMPTS, completions=COMPLETIONS, **TRL), [-2.0, -3.0, -4.0])
            self.assertEqual(reward.__name__, "allgood")

    def test_conversations(self):
        prompts = [[{"role": "system", "content": "Be brief."}, {"role": "user", "content": p}] for p in PROMPTS]
        completions = [[{"role": "assistant", "content": c}] for c in COMPLETIONS]
        with FaultyServer() as server, client_of(server) as client:
            self.assertEqual(combined(client)(prompts=prompts, completions=completions, **TRL), [-2.0, -3.0, -4.0])
            self.assertEqual(
                server.requests[0]["body"]["items"][1], {"prompt": prompts[1], "response": "bb"}
            )

    def test_of_several_messages_the_last_is_the_response(self):
        turns = [
            {"role": "assistant", "content": "One?"},
            {"role": "user", "content": "Two."},
            {"role": "assistant", "content": [{"type": "text", "text": "Three"}, {"type": "text", "text": "!"}]},
        ]
        with FaultyServer() as server, client_of(server) as client:
            combined(client)(prompts=["Count"], completions=[turns])
            item = server.requests[0]["body"]["items"][0]
            self.assertEqual(item["response"], "Three!")
            self.assertEqual(item["prompt"], [{"role": "user", "content": "Count"}, *turns[:2]])

    def test_a_picture_is_refused_rather_than_left_out(self):
        turn = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What is it?"}]}]
        with FaultyServer() as server, client_of(server) as client:
            with self.assertRaisesRegex(ValueError, "content of a message is text"):
                combined(client)(prompts=[turn], completions=["A cat"])

    def test_means_of_the_batch_are_logged(self):
        logged = {}
        with FaultyServer() as server, client_of(server) as client:
            combined(client)(prompts=PROMPTS, completions=COMPLETIONS, log_metric=logged.__setitem__)
        self.assertEqual(logged["allgood/p"], 0.25)
        self.assertEqual(logged["allgood/helpful/r"], -3.0)
        self.assertEqual(logged["allgood/harmless/p"], 0.75)

    def test_a_failure_stops_the_run(self):
        with FaultyServer(last=status(500)) as server, client_of(server) as client:
            with self.assertRaises(RewardServerError):
                combined(client)(prompts=PROMPTS, completions=COMPLETIONS)


class PerValue(unittest.TestCase):
    def test_the_functions_of_a_step_ask_once(self):
        with FaultyServer() as server, client_of(server) as client:
            helpful, harmless = per_values(client, ["helpful", "harmless"], what="z")
            self.assertEqual([helpful.__name__, harmless.__name__], ["helpful", "harmless"])
            for step in range(3):
                completions = [f"{c}{step}" for c in COMPLETIONS]
                u = [u_of({"response": c}) for c in completions]
                self.assertEqual(helpful(prompts=PROMPTS, completions=completions, **TRL), u)
                self.assertEqual(harmless(prompts=PROMPTS, completions=completions, **TRL), [-x for x in u])
            self.assertEqual(len(server.requests), 3)

    def test_the_same_batch_again_is_asked_anew(self):
        with FaultyServer() as server, client_of(server) as client:
            helpful = per_value(client, "helpful")
            for _ in range(2):
                helpful(prompts=PROMPTS, completions=COMPLETIONS)
            self.assertEqual(len(server.requests), 2)

    def test_functions_that_run_at_once_ask_once(self):
        with FaultyServer() as server, client_of(server) as client:
            functions = [per_value(client, "helpful", what=what) for what in ("log_p", "p", "z", "r")]
            found = [None] * 4
            start = threading.Barrier(4)

            def run(i):
                start.wait()
                found[i] = functions[i](prompts=PROMPTS, completions=COMPLETIONS)

            threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(found[1:], [[0.25] * 3, [-2.0, -3.0, -4.0], [-2.0, -3.0, -4.0]])
            self.assertEqual(len(server.requests), 1)

    def test_a_failed_batch_fails_for_each_and_is_not_remembered(self):
        with FaultyServer(status(422), status(422)) as server, client_of(server) as client:
            helpful, harmless = per_values(client, ["helpful", "harmless"])
            for function in (helpful, harmless):
                with self.assertRaises(RewardServerError):
                    function(prompts=PROMPTS, completions=COMPLETIONS)
            self.assertEqual(len(helpful(prompts=PROMPTS, completions=COMPLETIONS)), 3)

    def test_none_where_a_value_does_not_apply(self):
        with FaultyServer() as server, client_of(server) as client:
            harmless = per_value(client, "harmless", applies="risky", what="p")
            found = harmless(prompts=PROMPTS, completions=COMPLETIONS, risky=[True, False, None])
            self.assertEqual(found, [0.75, None, None])
            self.assertEqual(harmless(prompts=PROMPTS, completions=COMPLETIONS, risky=[0, 0, 0]), [None] * 3)
            self.assertEqual(len(server.requests), 1)

    def test_a_column_or_a_value_that_is_not_there(self):
        with FaultyServer() as server, client_of(server) as client:
            with self.assertRaisesRegex(KeyError, 'no column \\\\?"risky\\\\?", only answer'):
                per_value(client, "harmless", applies="risky")(prompts=["x"], completions=["y"], answer=["z"])
            with self.assertRaisesRegex(KeyError, "no value .*only helpful, harmless"):
                per_value(client, "factual")(prompts=["x"], completions=["y"])
            with self.assertRaisesRegex(ValueError, "what is one of"):
                per_value(client, "helpful", what="score")

    def test_log_p_stays_finite_where_p_rounds_to_zero(self):
        with FaultyServer() as server, client_of(server) as client:
            [reward] = per_value(client, "helpful")(prompts=["x"], completions=["y" * 1999])
            self.assertEqual(reward, -2000.0)


if __name__ == "__main__":
    unittest.main()
