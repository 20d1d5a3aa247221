"""`allgood serve` as a process, with two small reward models made on the spot.

The command is `node dist/cli/main.js`; ALLGOOD_COMMAND, a JSON list, names another.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional

REPOSITORY = Path(__file__).resolve().parents[3]
BUILT = REPOSITORY / "dist" / "cli" / "main.js"
WORDS = "river stone paper window garden copper winter signal market bridge".split()
#: (good, bad) words of each value: what its raters like and dislike.
LIKED = {"helpful": ("kindly", "grumpy"), "harmless": ("gently", "sharply")}
PROMPTS = [f"what about thing {i}" for i in range(30)]


def command() -> Optional[List[str]]:
    """How to run the command line; None where there is no Node or nothing is built."""
    named = os.environ.get("ALLGOOD_COMMAND")
    if named:
        return json.loads(named)
    node = shutil.which("node")
    return [node, str(BUILT)] if node and BUILT.exists() else None


if command() is None:
    print(f"SKIPPED for want of node and {BUILT}: tests against the real server", file=sys.stderr)


def response(draw: random.Random) -> str:
    words = [draw.choice(WORDS) for _ in range(draw.randint(3, 12))]
    for good, bad in LIKED.values():
        words[draw.randrange(len(words))] = draw.choice([good, bad, "paper"])
    return " ".join(words)


def run(*args: str) -> Dict[str, Any]:
    done = subprocess.run(
        [*(command() or []), *args, "--json"], cwd=REPOSITORY, capture_output=True, text=True, timeout=300
    )
    if done.returncode != 0:
        raise RuntimeError(f"allgood {' '.join(args)}: {done.stderr}")
    return json.loads(done.stdout)


def write_rows(file: Path, rows: List[Dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def make_objective(folder: Path, goal: str = "helpful and harmless", otherwise: str = "estimator") -> Path:
    """Trains a reward model a value, calibrates them, and gives the objective's path."""
    draw = random.Random(1)
    for value, (good, bad) in LIKED.items():
        pairs = [
            {
                "prompt": f"question {i}",
                "chosen": f"{response(draw)} {good} {draw.choice(WORDS)}",
                "rejected": f"{response(draw)} {bad} {draw.choice(WORDS)}",
            }
            for i in range(80)
        ]
        write_rows(folder / f"{value}.jsonl", pairs)
        run("reward", "train", "--value", value, "--data", str(folder / f"{value}.jsonl"), "--out", str(folder / value))
    samples = [{"prompt": prompt, "responses": [response(draw) for _ in range(6)]} for prompt in PROMPTS]
    write_rows(folder / "base.jsonl", samples)
    objective = folder / "objective.json"
    models = [str(folder / value) for value in LIKED]
    run(
        *("calibrate", "--model", *models, "--data", str(folder / "base.jsonl"), "--goal", goal),
        *("--otherwise", otherwise, "--out", str(objective)),
    )
    return objective


class RealServer:
    """A server process on a free port, gone when the block ends."""

    def __init__(self, objective: Path, *options: str, environment: Optional[Dict[str, str]] = None) -> None:
        self._process = subprocess.Popen(
            [*(command() or []), "serve", str(objective), "--port", "0", "--log-level", "warn", *options, "--json"],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the server did not start: exit code {self._process.wait()}")
        self.url: str = json.loads(line)["url"]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=40)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> "RealServer":
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()


class Workshop:
    """A temporary folder with an objective, made once for all tests of a process."""

    _made: Optional[Path] = None
    _folder: Optional["tempfile.TemporaryDirectory[str]"] = None

    @classmethod
    def objective(cls) -> Path:
        if cls._made is None:
            cls._folder = tempfile.TemporaryDirectory(prefix="allgood-python-")
            cls._made = make_objective(Path(cls._folder.name))
        return cls._made
