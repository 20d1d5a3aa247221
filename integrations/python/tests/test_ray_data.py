"""The batch function of Ray Data, without Ray: dicts of columns, arrays, data frames."""

import importlib.util
import pickle
import unittest

from allgood_rewards import RewardServerError
from allgood_rewards.ray_data import ScoreBatch

from .faulty_server import FaultyServer, status

HAS_PANDAS = importlib.util.find_spec("pandas") is not None
HAS_NUMPY = importlib.util.find_spec("numpy") is not None
NEW = ["u", "p", "r_helpful", "z_helpful", "p_helpful", "r_harmless", "z_harmless", "p_harmless"]


class Columns(unittest.TestCase):
    def test_a_dict_of_columns(self):
        with FaultyServer() as server:
            batch = {"prompt": ["x", "x"], "response": ["a", "bb"], "id": [7, 8]}
            found = ScoreBatch(server.url)(batch)
        self.assertEqual(list(found), ["prompt", "response", "id", *NEW])
        self.assertEqual((list(found["u"]), found["id"]), ([-2.0, -3.0], [7, 8]))
        self.assertNotIn("u", batch)

    @unittest.skipUnless(HAS_NUMPY, "SKIPPED: no numpy")
    def test_numpy_columns_of_messages(self):
        import numpy

        messages = numpy.array([{"role": "user", "content": "Say a"}], dtype=object)
        prompts = numpy.empty(2, dtype=object)
        prompts[:] = [messages, messages]
        with FaultyServer() as server:
            found = ScoreBatch(server.url, prompt="chat", response="answer", prefix="good_")(
                {"chat": prompts, "answer": numpy.array(["a", "bb"])}
            )
            self.assertEqual(server.requests[0]["body"]["items"][0]["prompt"], messages.tolist())
        self.assertEqual(found["good_u"].tolist(), [-2.0, -3.0])
        self.assertEqual(found["good_u"].dtype, numpy.float64)

    @unittest.skipUnless(HAS_PANDAS, "SKIPPED: no pandas")
    def test_a_data_frame(self):
        import pandas

        with FaultyServer() as server:
            found = ScoreBatch(server.url)(pandas.DataFrame({"prompt": ["x", "x"], "response": ["a", "bb"]}))
        self.assertEqual(found["u"].tolist(), [-2.0, -3.0])

    def test_a_worker_gets_it_by_pickle(self):
        with FaultyServer() as server:
            copy = pickle.loads(pickle.dumps(ScoreBatch(server.url, client={"batch_size": 1})))
            self.assertEqual(list(copy({"prompt": ["x", "x"], "response": ["a", "bb"]})["u"]), [-2.0, -3.0])
            self.assertEqual(len(server.requests), 2)

    def test_faults(self):
        with FaultyServer(last=status(422)) as server:
            score = ScoreBatch(server.url)
            with self.assertRaises(RewardServerError):
                score({"prompt": ["x"], "response": ["a"]})
            with self.assertRaisesRegex(KeyError, "no column .*only prompt"):
                score({"prompt": ["x"]})
        with FaultyServer() as server, self.assertRaisesRegex(ValueError, 'already has the column "u"'):
            ScoreBatch(server.url)({"prompt": ["x"], "response": ["a"], "u": [0.0]})


if __name__ == "__main__":
    unittest.main()
