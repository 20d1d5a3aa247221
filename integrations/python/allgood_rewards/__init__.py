"""Rewards of an Allgood server, for trainers written in Python. Standard library only.

The server (``allgood serve objective.json``) says of a prompt and a response how likely the goal is true of it:
``u = log p("helpful and harmless" | prompt, response)``, with the raw reward r, the reference, z and p of every value.

>>> from allgood_rewards import Client
>>> [score] = Client("http://localhost:8080").score([("What is tea?", "A hot drink made of leaves.")])  # doctest: +SKIP
>>> score.u, score.values["helpful"].p                                                                  # doctest: +SKIP

One module a trainer: ``trl``, ``verl``, ``openrlhf``, ``ray_data``.
"""

from .client import Client, shared_client
from .errors import RewardServerError
from .scores import Score, ValueScore

__all__ = ["Client", "RewardServerError", "Score", "ValueScore", "shared_client"]
__version__ = "0.1.0"
