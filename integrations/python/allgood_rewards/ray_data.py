"""Scores of a data set that is larger than one machine, by Ray Data over any number of servers.

>>> scored = ds.map_batches(                                                         # doctest: +SKIP
...     ScoreBatch,
...     fn_constructor_kwargs={"url": ["http://a:8080", "http://b:8080"]},
...     batch_size=256,
...     compute=ray.data.ActorPoolStrategy(size=4),
... )

Each worker starts at a server drawn at random, takes them in turn, and goes on with the others where one fails. A batch
that no server scores fails its task with RewardServerError; Ray's ``max_task_retries`` says what then.
"""

from typing import Any, Dict, List, Optional, Sequence, Union

from .client import Client
from .prompts import as_items


class ScoreBatch:
    """A callable for ``Dataset.map_batches``, one a worker.

    Args:
        url: of one server, or a list.
        prompt, response: columns of the batch, text or lists of messages.
        prefix: put before the name of every new column.
        client: options of `Client`.

    Takes a dict of columns (Ray's numpy format) or a pandas DataFrame and gives the same with the columns ``u`` and
    ``p`` of the goal, and ``r_<value>``, ``z_<value>`` and ``p_<value>`` of every value.
    """

    def __init__(
        self,
        url: Union[str, Sequence[str]],
        *,
        prompt: str = "prompt",
        response: str = "response",
        prefix: str = "",
        client: Optional[Dict[str, Any]] = None,
    ) -> None:
        self._client = Client(url, **(client or {}))
        self._prompt, self._response, self._prefix = prompt, response, prefix

    def __call__(self, batch: Any) -> Any:
        for column in (self._prompt, self._response):
            if column not in batch:
                raise KeyError(f'the batch has no column "{column}", only {", ".join(map(str, batch))}')
        new = self._columns(list(batch[self._prompt]), list(batch[self._response]))
        taken = [name for name in new if name in batch]
        if taken:
            raise ValueError(f'the batch already has the column "{taken[0]}": choose a prefix')
        if hasattr(batch, "assign"):
            return batch.assign(**new)
        return {**batch, **new}

    def _columns(self, prompts: List[Any], responses: List[Any]) -> Dict[str, Any]:
        scores = self._client.score(as_items(prompts, responses))
        columns: Dict[str, List[float]] = {
            "u": [score.u for score in scores],
            "p": [score.p for score in scores],
        }
        for name in scores[0].values if scores else []:
            columns[f"r_{name}"] = [score.values[name].r for score in scores]
            columns[f"z_{name}"] = [score.values[name].z for score in scores]
            columns[f"p_{name}"] = [score.values[name].p for score in scores]
        return {self._prefix + name: _array(column) for name, column in columns.items()}


def _array(column: List[float]) -> Any:
    """Ray's own form of a column, where numpy is there; Ray brings it."""
    try:
        import numpy
    except ImportError:
        return column
    return numpy.asarray(column, dtype=numpy.float64)
