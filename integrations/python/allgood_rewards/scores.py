"""What the server says of one response, checked: counts, types, finiteness, ranges."""

import json
import math
from dataclasses import dataclass
from typing import Any, Dict, List, NamedTuple, Optional, Union


class BadAnswer(ValueError):
    """An answer that can't be what was asked for."""


@dataclass(frozen=True)
class ValueScore:
    """One value: raw reward r, reference r_ref (or several), z = (r − r_ref)/T, p = σ(z)."""

    r: float
    reference: Union[float, List[float]]
    z: float
    p: float

    @property
    def log_p(self) -> float:
        """log σ(z), finite where p has rounded to 0. Over an AND of values these sum to u."""
        return min(self.z, 0.0) - math.log1p(math.exp(-abs(self.z)))


@dataclass(frozen=True)
class Score:
    """u = log p(goal) ≤ 0, p(goal) in [0, 1], and every value of the goal by name."""

    u: float
    p: float
    values: Dict[str, ValueScore]

    def columns(self) -> Dict[str, float]:
        """``p`` and, for every value, ``name/r``, ``name/z``, ``name/p`` and ``name/log_p``: for a trainer's log."""
        flat = {"p": self.p}
        for name, value in self.values.items():
            flat.update(
                {f"{name}/r": value.r, f"{name}/z": value.z, f"{name}/p": value.p, f"{name}/log_p": value.log_p}
            )
        return flat

    def value(self, name: str) -> ValueScore:
        try:
            return self.values[name]
        except KeyError:
            raise KeyError(f'the objective has no value "{name}", only {", ".join(self.values)}') from None


class Scored(NamedTuple):
    """The scores of a batch, and the hash of the objective that they are under, where the server says it."""

    objective: Optional[str]
    scores: List[Score]


def parse_scores(body: bytes, expected: int, objective: Optional[str] = None) -> Scored:
    """Reads the answer of ``POST /v1/score``. Raises BadAnswer unless it holds one sound score an item, under the
    ``objective`` of that hash where one is asked for."""
    try:
        answer = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadAnswer(f"the answer is not UTF-8: {error}") from None
    except BadAnswer:
        raise
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"the answer is not JSON: {error}") from None
    items = answer.get("items") if isinstance(answer, dict) else None
    found = answer.get("objective") if isinstance(answer, dict) else None
    if objective is not None and found != objective:
        raise BadAnswer(
            f"the server's objective is {_short(found)}, expected {_short(objective)}: serve the objective that this run "
            "was set up with, or set it up again"
        )
    if not isinstance(items, list):
        raise BadAnswer('the answer has no list "items"')
    if len(items) != expected:
        raise BadAnswer(f"{len(items)} scores for {expected} responses")
    scores = [_score(item, f"items[{i}]") for i, item in enumerate(items)]
    names = set(scores[0].values) if scores else set()
    for i, score in enumerate(scores):
        if set(score.values) != names:
            raise BadAnswer(f"items[{i}] has the values {sorted(score.values)}, items[0] {sorted(names)}")
    return Scored(found if isinstance(found, str) else None, scores)


def _score(item: Any, place: str) -> Score:
    if not isinstance(item, dict):
        raise BadAnswer(f"{place} is no object")
    values = item.get("values")
    if not isinstance(values, dict) or not values:
        raise BadAnswer(f'{place} has no "values"')
    u = _number(item, "u", place, high=1e-9)
    return Score(
        u=min(u, 0.0),
        p=_number(item, "p", place, low=0.0, high=1.0),
        values={name: _value(value, f"{place}.values.{name}") for name, value in values.items()},
    )


def _value(value: Any, place: str) -> ValueScore:
    if not isinstance(value, dict):
        raise BadAnswer(f"{place} is no object")
    references = value.get("reference")
    if isinstance(references, list) and references:
        reference: Union[float, List[float]] = [
            _number({"reference": entry}, "reference", place) for entry in references
        ]
    else:
        reference = _number(value, "reference", place)
    return ValueScore(
        r=_number(value, "r", place),
        reference=reference,
        z=_number(value, "z", place),
        p=_number(value, "p", place, low=0.0, high=1.0),
    )


def _number(
    holder: Dict[str, Any], key: str, place: str, low: Optional[float] = None, high: Optional[float] = None
) -> float:
    found = holder.get(key)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise BadAnswer(f"{place}.{key} is {found!r}, no number")
    try:
        number = float(found)
    except OverflowError:
        raise BadAnswer(f"{place}.{key} is an integer beyond all floats") from None
    # JSON's 1e999 is read as infinity
    if not math.isfinite(number):
        raise BadAnswer(f"{place}.{key} is {number}, not finite")
    if (low is not None and number < low) or (high is not None and number > high):
        raise BadAnswer(f"{place}.{key} is {number}, out of range")
    return number


def _short(objective: Any) -> str:
    return f"{objective[:12]}…" if isinstance(objective, str) else "not said"


def _no_constant(name: str) -> float:
    raise BadAnswer(f"the answer holds {name}")
