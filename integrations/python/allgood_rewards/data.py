"""Prompts as the data set that a trainer needs.

    python -m allgood_rewards.data verl prompts.jsonl train.jsonl
    python -m allgood_rewards.data openrlhf prompts.jsonl train.jsonl
"""

import argparse
import json
import os
import sys
from typing import Any, Callable, Dict, Iterable, Iterator, List

from . import openrlhf, verl
from .prompts import as_prompt

FORMATS: Dict[str, Callable[[List[Any]], Iterable[Dict[str, Any]]]] = {"verl": verl.rows, "openrlhf": openrlhf.rows}


def read_prompts(lines: Iterable[str], name: str) -> Iterator[Any]:
    """The field ``prompt`` of JSON lines, text or messages. Raises ValueError with the line that holds another thing."""
    for number, line in enumerate(lines, 1):
        if line.strip() == "":
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict) or "prompt" not in row:
                raise ValueError('the row has no "prompt"')
            yield as_prompt(row["prompt"])
        except ValueError as error:
            raise ValueError(f"{name}:{number}: {error}") from None


def convert(format: str, source: str, target: str) -> int:
    """Writes ``target`` whole or not at all. Returns the number of rows."""
    with open(source, encoding="utf-8") as lines:
        prompts = list(read_prompts(lines, source))
    if not prompts:
        raise ValueError(f"{source}: no prompts")
    temporary = f"{target}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8") as out:
        for row in FORMATS[format](prompts):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    os.replace(temporary, target)
    return len(prompts)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m allgood_rewards.data", description=__doc__.splitlines()[0])
    parser.add_argument("format", choices=sorted(FORMATS))
    parser.add_argument("source", help='JSON lines with a field "prompt"')
    parser.add_argument("target")
    options = parser.parse_args()
    try:
        count = convert(options.format, options.source, options.target)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{count} prompts: {options.target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
