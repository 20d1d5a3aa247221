"""``compute_score`` for verl.

    reward.custom_reward_function.path=pkg://allgood_rewards.verl
    reward.custom_reward_function.name=compute_score          (or compute_score_async)
    +reward.custom_reward_function.reward_kwargs.url=http://localhost:8080

verl hands over the response but not the prompt, so the data set must hold it: ``extra_info["prompt"]``, text or
messages, the same that the policy is asked (see `rows`). The answer is ``{"score": u, "p": …, "<value>/p": …, …}``:
``score`` is the reward, everything else becomes ``reward_extra_info``, is logged, and can be named in
``algorithm.gdpo_reward_keys``.
"""

import os
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Union

from .client import Client, shared_client
from .prompts import Item, as_item, as_prompt
from .scores import Score


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Optional[Mapping[str, Any]] = None,
    *,
    url: Union[str, Client, Sequence[str], None] = None,
    prompt_key: str = "prompt",
    **_: Any,
) -> Dict[str, float]:
    """One response's reward. ``url`` is the environment's ``ALLGOOD_URL`` by default. Raises RewardServerError."""
    [score] = _client(url).score([_item(solution_str, extra_info, prompt_key)])
    return _result(score)


async def compute_score_async(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Optional[Mapping[str, Any]] = None,
    *,
    url: Union[str, Client, Sequence[str], None] = None,
    prompt_key: str = "prompt",
    **_: Any,
) -> Dict[str, float]:
    """`compute_score` as verl's reward loop likes it best: many responses are scored at once."""
    [score] = await _client(url).score_async([_item(solution_str, extra_info, prompt_key)])
    return _result(score)


def rows(prompts: Iterable[Any], *, data_source: str = "allgood", split: str = "train") -> Iterator[Dict[str, Any]]:
    """Rows of a verl data set (JSONL or Parquet) for prompts that are text or messages."""
    for index, prompt in enumerate(prompts):
        sent = as_prompt(prompt)
        messages: List[Dict[str, str]] = [{"role": "user", "content": sent}] if isinstance(sent, str) else sent
        yield {
            "data_source": data_source,
            "prompt": messages,
            "reward_model": {"style": "model", "ground_truth": ""},
            "extra_info": {"split": split, "index": index, "prompt": messages},
        }


def _client(url: Union[str, Client, Sequence[str], None]) -> Client:
    found = url if url is not None else os.environ.get("ALLGOOD_URL")
    if not found:
        raise ValueError(
            "no reward server: set ALLGOOD_URL, or reward.custom_reward_function.reward_kwargs.url, "
            "to such as http://localhost:8080"
        )
    return shared_client(found if isinstance(found, (str, Client)) else list(found))


def _item(response: str, extra_info: Optional[Mapping[str, Any]], prompt_key: str) -> Item:
    prompt = None if extra_info is None else extra_info.get(prompt_key)
    if prompt is None:
        columns = "nothing" if not extra_info else ", ".join(sorted(extra_info))
        raise ValueError(
            f'extra_info holds no "{prompt_key}" (it holds {columns}): the reward depends on the prompt, which verl does '
            f'not pass on; put it into the data set as extra_info["{prompt_key}"] (allgood_rewards.verl.rows does)'
        )
    return as_item(prompt, response)


def _result(score: Score) -> Dict[str, float]:
    return {"score": score.u, **score.columns()}
