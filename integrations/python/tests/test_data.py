"""Prompts as data sets, through the command line."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).parent.parent


class Convert(unittest.TestCase):
    def run_it(self, format, text):
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "prompts.jsonl", Path(folder) / "train.jsonl"
            source.write_text(text, encoding="utf-8")
            done = subprocess.run(
                [sys.executable, "-m", "allgood_rewards.data", format, str(source), str(target)],
                cwd=ROOT,
                capture_output=True,
                text=True,
            )
            rows = [json.loads(line) for line in target.read_text("utf-8").splitlines()] if target.exists() else None
            return done, rows

    def test_verl(self):
        done, rows = self.run_it("verl", '{"prompt": "Say ä"}\n\n{"prompt": [{"role": "user", "content": "b"}]}\n')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([row["prompt"][0]["content"] for row in rows], ["Say ä", "b"])
        self.assertEqual([row["extra_info"]["prompt"] for row in rows], [row["prompt"] for row in rows])

    def test_openrlhf(self):
        done, rows = self.run_it("openrlhf", '{"prompt": "Say a"}\n')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(rows, [{"prompt": "Say a", "label": "Say a"}])

    def test_a_bad_line_is_named_and_nothing_is_written(self):
        for text, said in (
            ('{"prompt": "a"}\n{"text": "b"}\n', 'prompts.jsonl:2: the row has no "prompt"'),
            ("no json\n", "prompts.jsonl:1: "),
            ('{"prompt": 3}\n', "a prompt is text or a list of messages, found 3"),
            ("\n", "no prompts"),
        ):
            with self.subTest(text=text):
                done, rows = self.run_it("verl", text)
                self.assertEqual((done.returncode, rows), (1, None))
                self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
