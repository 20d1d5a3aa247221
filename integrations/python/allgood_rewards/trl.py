"""Reward functions for TRL's GRPOTrainer and RLOOTrainer.

>>> from allgood_rewards.trl import combined, per_value
>>> GRPOTrainer(reward_funcs=combined("http://localhost:8080"), …)                  # doctest: +SKIP
>>> GRPOTrainer(reward_funcs=[per_value("http://localhost:8080", "helpful"),
...                           per_value("http://localhost:8080", "harmless")], …)   # doctest: +SKIP

`combined` gives the whole goal, u = log p(goal). `per_value` gives one value, log p(value), and leaves the sum to TRL:
over an AND, the plain sum (``multi_objective_aggregation="sum_then_normalize"``) is u again, while
``"normalize_then_sum"`` (GDPO) makes each value's spread within a group the same before summing.

Prompts and completions may be text or messages. A failed request raises RewardServerError and stops the run: no
completion ever gets a reward that the server did not give.
"""

from typing import Any, Callable, Iterable, List, Optional, Sequence, Union

from .batches import shared_scores
from .client import Client, shared_client
from .prompts import as_items
from .scores import Score

RewardFunc = Callable[..., List[Optional[float]]]

#: What `per_value` can give of a value.
WHAT = ("log_p", "p", "z", "r")


def combined(url: Union[str, Client, Sequence[str]], *, name: str = "allgood", log_values: bool = True) -> RewardFunc:
    """The goal's utility u = log p(goal) ≤ 0 as one reward.

    Args:
        name: under which TRL logs it, ``rewards/{name}/mean``.
        log_values: also log the batch's mean of p(goal), and of r, z and p of every value.
    """
    client = shared_client(url)

    def reward(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> List[Optional[float]]:
        scores = client.score(as_items(prompts, completions))
        if log_values:
            _log(scores, columns.get("log_metric"), name)
        return [score.u for score in scores]

    return _named(reward, name)


def per_value(
    url: Union[str, Client, Sequence[str]],
    value: str,
    *,
    applies: Optional[str] = None,
    what: str = "log_p",
    name: Optional[str] = None,
) -> RewardFunc:
    """One value's reward. The functions of one server share a batch's scores: the server is asked once, not once each.

    Args:
        value: a value of the objective.
        applies: a column of the data set that is true where the value applies; elsewhere the reward is None, which
            TRL leaves out of this function's mean and sum.
        what: ``log_p`` = log σ(z) (default), ``p``, ``z``, or the raw reward ``r``.
        name: under which TRL logs it; the value's name by default.
    """
    if what not in WHAT:
        raise ValueError(f'what is one of {", ".join(WHAT)}, found {what!r}')
    client = shared_client(url)
    reader = name or f"{value}.{what}"

    def reward(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> List[Optional[float]]:
        chosen = _applies(columns, applies, len(completions))
        if not any(chosen):
            return [None] * len(completions)
        scores = shared_scores(client, reader, as_items(prompts, completions))
        return [getattr(score.value(value), what) if yes else None for score, yes in zip(scores, chosen)]

    return _named(reward, name or value)


def per_values(url: Union[str, Client, Sequence[str]], values: Iterable[str], **options: Any) -> List[RewardFunc]:
    """`per_value` for several values, with the same options."""
    client = shared_client(url)
    return [per_value(client, value, **options) for value in values]


def _applies(columns: Any, applies: Optional[str], count: int) -> List[bool]:
    if applies is None:
        return [True] * count
    if applies not in columns:
        known = ", ".join(sorted(name for name, column in columns.items() if isinstance(column, list)))
        raise KeyError(f'the data set has no column "{applies}", only {known}')
    return [bool(entry) for entry in columns[applies]]


def _log(scores: Sequence[Score], log_metric: Optional[Callable[[str, float], None]], name: str) -> None:
    if log_metric is None or len(scores) == 0:
        return
    rows = [score.columns() for score in scores]
    for column in rows[0]:
        log_metric(f"{name}/{column}", sum(row[column] for row in rows) / len(rows))


def _named(reward: RewardFunc, name: str) -> RewardFunc:
    reward.__name__ = name
    reward.__qualname__ = name
    return reward
