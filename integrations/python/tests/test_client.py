"""The client against a server with faults on the wire: every one ends in the right scores or in an error."""

import asyncio
import json
import os
import pickle
import socket
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from unittest import mock

from allgood_rewards import Client, RewardServerError

from .faulty_server import FaultyServer, changed, drip, good, half_a_body, hang, honest, raw, reset, status, u_of, under

ITEMS = [("What is tea?", "A drink"), ("What is tea?", "A hot drink"), ("And coffee?", "Another")]


def expected(items=ITEMS):
    return [u_of({"response": response}) for _, response in items]


def quick(server, **options):
    return Client(server.url, **{"backoff": 0.001, "timeout": 5, "seed": 1, **options})


class Answers(unittest.TestCase):
    def test_scores_come_in_the_order_of_the_items(self):
        with FaultyServer() as server, quick(server) as client:
            scores = client.score(ITEMS)
            self.assertEqual([score.u for score in scores], expected())
            self.assertEqual(scores[0].values["harmless"].p, 0.75)
            self.assertEqual(
                server.requests[0]["body"]["items"][0], {"prompt": "What is tea?", "response": "A drink"}
            )
            self.assertEqual(server.requests[0]["path"], "/v1/score")

    def test_many_items_go_in_batches_and_keep_their_order(self):
        items = [("x", "y" * n) for n in range(53)]
        with FaultyServer() as server, quick(server, batch_size=5, concurrency=3) as client:
            self.assertEqual([score.u for score in client.score(items)], expected(items))
            self.assertEqual(sorted(len(r["body"]["items"]) for r in server.requests), [3] + [5] * 10)

    def test_no_items_no_request(self):
        with FaultyServer() as server, quick(server) as client:
            self.assertEqual(client.score([]), [])
            self.assertEqual(server.requests, [])

    def test_a_connection_is_kept(self):
        with FaultyServer() as server, quick(server) as client:
            for _ in range(5):
                client.score(ITEMS)
            self.assertEqual(len({request["peer"] for request in server.requests}), 1)

    def test_a_connection_that_the_server_closed_meanwhile_is_replaced(self):
        with FaultyServer() as server, quick(server, attempts=1) as client:
            client.score(ITEMS)
            for connections in client._transport._idle.values():
                for connection in connections:
                    connection.sock.shutdown(socket.SHUT_RDWR)
            self.assertEqual([score.u for score in client.score(ITEMS)], expected())

    def test_the_key_comes_from_the_environment(self):
        with FaultyServer() as server, mock.patch.dict("os.environ", {"ALLGOOD_API_KEY": "sesame"}):
            with quick(server) as client:
                client.score(ITEMS)
            self.assertEqual(server.requests[0]["headers"]["Authorization"], "Bearer sesame")

    def test_a_key_without_the_end_of_its_line(self):
        with FaultyServer() as server, quick(server, api_key="sesame\n") as client:
            client.score(ITEMS)
            self.assertEqual(server.requests[0]["headers"]["Authorization"], "Bearer sesame")

    def test_a_key_that_no_header_carries_is_refused_and_not_shown(self):
        for key in ("ses\name", "s\u00e9same", "ses\u0142ame"):
            with self.assertRaisesRegex(ValueError, "can't carry") as caught:
                Client("http://localhost:1", api_key=key)
            self.assertNotIn("ame", str(caught.exception))

    def test_threads_share_a_client(self):
        with FaultyServer() as server, quick(server) as client, ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda n: client.score([("x", "y" * n)])[0].u, range(100)))
            self.assertEqual(found, [-(n + 1.0) for n in range(100)])

    def test_async(self):
        async def run(client):
            return await asyncio.gather(*(client.score_async([("x", "y" * n)]) for n in range(50)))

        with FaultyServer() as server, quick(server) as client:
            found = asyncio.run(run(client))
            self.assertEqual([scores[0].u for scores in found], [-(n + 1.0) for n in range(50)])

    @unittest.skipUnless(hasattr(os, "fork"), "SKIPPED: no fork")
    def test_a_forked_process_does_not_write_into_the_connection_of_its_parent(self):
        with FaultyServer() as server, quick(server) as client:
            client.score(ITEMS)
            child = os.fork()
            if child == 0:
                os._exit(0 if [score.u for score in client.score(ITEMS)] == expected() else 1)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
            self.assertEqual(len({request["peer"] for request in server.requests}), 2)

    def test_a_client_crosses_a_process_border(self):
        with FaultyServer() as server:
            with pickle.loads(pickle.dumps(quick(server, batch_size=2))) as copy:
                self.assertEqual((copy.batch_size, copy.backoff), (2, 0.001))
                self.assertEqual([score.u for score in copy.score(ITEMS)], expected())


class Retries(unittest.TestCase):
    def test_what_passes_is_tried_again(self):
        for fault in (status(429), status(500), status(502), status(503), status(504), reset, half_a_body):
            with self.subTest(fault=fault), FaultyServer(fault, fault) as server, quick(server) as client:
                self.assertEqual([score.u for score in client.score(ITEMS)], expected())
                self.assertGreaterEqual(len(server.requests), 3)

    def test_retry_after_is_heeded(self):
        with FaultyServer(status(429, headers=(("Retry-After", "1"),))) as server, quick(server) as client:
            client.score(ITEMS)
            first, second = (request["at"] for request in server.requests)
            self.assertGreaterEqual(second - first, 1.0)

    def test_retry_after_may_be_a_date(self):
        soon = formatdate(time.time() + 2, usegmt=True)
        with FaultyServer(status(503, headers=(("Retry-After", soon),))) as server, quick(server) as client:
            client.score(ITEMS)
            first, second = (request["at"] for request in server.requests)
            self.assertGreaterEqual(second - first, 0.9)

    def test_no_wait_beyond_the_deadline(self):
        late = status(429, "full", (("Retry-After", "60"),))
        with FaultyServer(last=late) as server, quick(server, max_wait=5) as client:
            with self.assertRaises(RewardServerError) as caught:
                client.score(ITEMS)
            self.assertEqual((caught.exception.status, caught.exception.retry_after), (429, 60))
            self.assertEqual(len(server.requests), 1)

    def test_it_gives_up_and_says_what_the_server_said(self):
        with FaultyServer(last=status(502, "the reward model failed")) as server, quick(server, attempts=3) as client:
            with self.assertRaises(RewardServerError) as caught:
                client.score(ITEMS)
            error = caught.exception
            self.assertEqual((error.status, error.message, error.attempts), (502, "the reward model failed", 3))
            self.assertEqual(len(server.requests), 3)
            self.assertIn(server.url, str(error))
            self.assertEqual(str(pickle.loads(pickle.dumps(error))), str(error))

    def test_what_stays_wrong_is_not_tried_again(self):
        for code in (400, 401, 404, 413, 422):
            with self.subTest(code=code), FaultyServer(status(code)) as server, quick(server) as client:
                with self.assertRaises(RewardServerError) as caught:
                    client.score(ITEMS)
                self.assertEqual((caught.exception.status, len(server.requests)), (code, 1))

    def test_a_hang_and_a_drip_end_at_the_timeout(self):
        for fault in (hang, drip):
            with self.subTest(fault=fault), FaultyServer(last=fault) as server:
                with quick(server, timeout=0.3, attempts=2) as client:
                    with self.assertRaisesRegex(RewardServerError, "no whole answer in 0.3 s") as caught:
                        client.score(ITEMS)
                    self.assertIsNone(caught.exception.status)
                    self.assertEqual(len(server.requests), 2)

    def test_a_refused_connection(self):
        with FaultyServer() as server:
            url = server.url
        with self.assertRaises(RewardServerError) as caught:
            Client(url, attempts=2, backoff=0.001).score(ITEMS)
        self.assertIsNone(caught.exception.status)

    def test_one_failed_batch_fails_the_call(self):
        with FaultyServer(good, good, status(422, "no reference")) as server:
            with quick(server, batch_size=1, concurrency=2) as client:
                with self.assertRaisesRegex(RewardServerError, "no reference"):
                    client.score(ITEMS)


class BadAnswers(unittest.TestCase):
    """Status 200 with something else than one sound score an item: an error, at once."""

    def refuse(self, fault, pattern):
        with FaultyServer(fault) as server, quick(server) as client:
            with self.assertRaisesRegex(RewardServerError, pattern) as caught:
                client.score(ITEMS)
            self.assertEqual((caught.exception.status, len(server.requests)), (200, 1))

    def test_counts(self):
        self.refuse(changed(lambda items: items[:-1]), "2 scores for 3 responses")
        self.refuse(changed(lambda items: [*items, items[0]]), "4 scores for 3 responses")
        self.refuse(changed(lambda items: []), "0 scores for 3 responses")

    def test_numbers(self):
        def put(key, value):
            return changed(lambda items: items[1].update({key: value}))

        self.refuse(put("u", float("nan")), "holds NaN")
        self.refuse(put("u", float("-inf")), "holds -Infinity")
        self.refuse(put("u", None), r"items\[1\]\.u is None, no number")
        self.refuse(put("u", "-1"), "no number")
        self.refuse(put("u", True), "no number")
        self.refuse(put("u", 0.5), "out of range")
        self.refuse(put("p", 1.5), "out of range")
        self.refuse(changed(lambda items: items[2]["values"]["helpful"].update(r=None)), "values.helpful.r is None")
        huge = json.dumps({"items": [honest({"response": response}) for _, response in ITEMS]})
        self.refuse(raw(huge.replace('"u": -8.0', '"u": -1e999').encode()), r"items\[0\]\.u is -inf, not finite")
        self.refuse(raw(huge.replace('"u": -8.0', '"u": -1' + "0" * 400).encode()), "beyond all floats")

    def test_shapes(self):
        self.refuse(changed(lambda items: items[1].pop("values") and None), 'no "values"')
        self.refuse(changed(lambda items: items[1]["values"].pop("harmless") and None), "has the values")
        self.refuse(raw(b"not json"), "not JSON")
        self.refuse(raw(b"[" * 100_000), "not JSON")
        self.refuse(raw(b"\xff\xfe"), "not UTF-8")
        self.refuse(raw(b"{}"), "no list")
        self.refuse(raw(b""), "not JSON")


class SeveralServers(unittest.TestCase):
    def test_batches_are_spread(self):
        with FaultyServer() as a, FaultyServer() as b:
            with Client([a.url, b.url], batch_size=1, seed=1) as client:
                self.assertEqual([score.u for score in client.score(ITEMS * 4)], expected(ITEMS * 4))
            self.assertEqual((len(a.requests), len(b.requests)), (6, 6))

    def test_the_others_take_over_without_a_wait(self):
        with FaultyServer() as gone:
            dead = gone.url
        with FaultyServer() as alive, Client([dead, alive.url], batch_size=1, backoff=60, seed=1) as client:
            self.assertEqual([score.u for score in client.score(ITEMS * 4)], expected(ITEMS * 4))

    def test_different_objectives_are_not_mixed(self):
        with FaultyServer(last=under("a" * 64)) as a, FaultyServer(last=under("b" * 64)) as b:
            with Client([a.url, b.url], batch_size=1) as client:
                with self.assertRaisesRegex(RewardServerError, "different objectives answered: aaaaaaaaaaaa and bbb"):
                    client.score(ITEMS)

    def test_all_down(self):
        with FaultyServer(last=status(503)) as a, FaultyServer(last=status(503)) as b:
            with Client([a.url, b.url], attempts=4, backoff=0.001) as client:
                with self.assertRaises(RewardServerError):
                    client.score(ITEMS)
            self.assertEqual((len(a.requests), len(b.requests)), (2, 2))


class Objectives(unittest.TestCase):
    def test_another_objective_than_the_one_asked_for_is_refused(self):
        with FaultyServer() as server, quick(server, objective="a" * 64) as client:
            self.assertEqual(len(client.score(ITEMS)), 3)
        with FaultyServer() as server, quick(server, objective="b" * 64) as client:
            with self.assertRaisesRegex(RewardServerError, "objective is aaaaaaaaaaaa…, expected bbbbbbbbbbbb…"):
                client.score(ITEMS)


class Options(unittest.TestCase):
    def test_what_can_not_be_meant(self):
        for url in ("localhost:8080", "ftp://a", "http://a:1,http://b:2", ""):
            with self.subTest(url=url), self.assertRaises(ValueError):
                Client(url)
        for options in ({"timeout": 0}, {"attempts": 0}, {"batch_size": 0}, {"concurrency": 0}, {"max_wait": -1}):
            with self.subTest(options=options), self.assertRaises(ValueError):
                Client("http://localhost:1", **options)
        with self.assertRaises(ValueError):
            Client([])


if __name__ == "__main__":
    unittest.main()
