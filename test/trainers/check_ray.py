"""Ray Data: a data set scored by workers over two server processes."""

import random
import re
import unittest
import urllib.request

import ray
from tests.real_server import PROMPTS, RealServer, Workshop, response

from allgood_rewards import Client
from allgood_rewards.ray_data import ScoreBatch

DRAW = random.Random(3)
ROWS = [{"id": i, "prompt": PROMPTS[i % len(PROMPTS)], "response": response(DRAW)} for i in range(400)]


def requests_of(server):
    """How many requests for scores a server has answered, by its own count."""
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    counts = [line for line in lines if re.match(r"\w*requests?_total\{", line) and "/v1/score" in line]
    return sum(float(line.rsplit(" ", 1)[1]) for line in counts)


class RayData(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        cls.addClassCleanup(ray.shutdown)

    def scored(self, urls, **options):
        return ray.data.from_items(ROWS).map_batches(
            ScoreBatch,
            fn_constructor_kwargs={"url": urls, "client": {"batch_size": 10, "backoff": 0.05}},
            batch_size=50,
            compute=ray.data.ActorPoolStrategy(size=2),
            **options,
        )

    def test_two_servers_share_the_rows_and_each_row_gets_its_own_score(self):
        with RealServer(Workshop.objective()) as a, RealServer(Workshop.objective()) as b:
            with Client(a.url) as client:
                expected = client.score([(row["prompt"], row["response"]) for row in ROWS])
            for form in ("numpy", "pandas"):
                rows = sorted(self.scored([a.url, b.url], batch_format=form).take_all(), key=lambda row: row["id"])
                self.assertEqual([row["id"] for row in rows], list(range(400)))
                self.assertEqual([row["u"] for row in rows], [score.u for score in expected])
                self.assertEqual(
                    [row["z_harmless"] for row in rows], [score.values["harmless"].z for score in expected]
                )
            self.assertGreaterEqual(requests_of(a), 20)
            self.assertGreaterEqual(requests_of(b), 20)
            # a server that goes away: the other takes over, and nothing is lost
            b.stop()
            rows = sorted(self.scored([a.url, b.url]).take_all(), key=lambda row: row["id"])
            self.assertEqual([row["u"] for row in rows], [score.u for score in expected])

    def test_no_server_no_rows(self):
        with RealServer(Workshop.objective()) as gone:
            url = gone.url
        with self.assertRaisesRegex(Exception, "RewardServerError"):
            self.scored([url]).take_all()


if __name__ == "__main__":
    unittest.main()
