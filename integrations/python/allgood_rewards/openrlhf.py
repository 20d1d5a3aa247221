"""``reward_func`` for OpenRLHF: ``--reward.remote_url reward_func.py``, where the file says

    from allgood_rewards.openrlhf import make_reward_func
    reward_func = make_reward_func("http://localhost:8080", prompt_from="label")

OpenRLHF can also ask the server itself (``--reward.remote_url http://localhost:8080/get_reward``), which reads the prompt
out of the common chat templates. The function is worth its file for its retries, which heed ``Retry-After``, for several
servers, and for templates that the server does not know: it takes the prompt from the label (``--data.label_key``).

OpenRLHF logs an exception of the reward function and goes on with the reward None: watch its log for "Failed to fetch
reward". This module is the only one that imports torch, as OpenRLHF wants tensors.
"""

import json
import os
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from .client import Client, shared_client
from .prompts import Item, as_item, response_of

#: Texts of tokens that end a turn, a text or a batch's row: OpenRLHF decodes the query with special tokens kept. The
#: server cuts off the same (`src/serve/dialogue.ts`).
END_TOKENS = (
    *("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|eot|>", "<|eom|>", "<end_of_turn>", "<|end|>", "<|end_of_text|>"),
    *("<|endoftext|>", "<|end_of_sentence|>", "<｜end▁of▁sentence｜>", "<|END_OF_TURN_TOKEN|>", "<|return|>", "<|user|>"),
    *("</s>", "<eos>", "<pad>", "<|pad|>", "<|finetune_right_pad_id|>", "[PAD]"),
)

RewardFunc = Callable[..., Dict[str, Any]]


def make_reward_func(
    url: Union[str, Client, Sequence[str], None] = None,
    *,
    prompt_from: str = "prompt",
    end_tokens: Tuple[str, ...] = END_TOKENS,
) -> RewardFunc:
    """OpenRLHF's ``reward_func(queries, prompts, labels)``.

    Args:
        url: the environment's ``ALLGOOD_URL`` by default.
        prompt_from: ``prompt``: the prompt as OpenRLHF has it, chat template and all; ``label``: the label is the
            prompt, text or the JSON of a list of messages (see `rows`), and a prompt without a label stands for itself.
        end_tokens: cut off the end of the response.

    Returns:
        ``rewards`` = u = log p(goal), ``scores`` = p(goal) in [0, 1] (for dynamic filtering), and ``extra_logs`` with
        r, z, p and log_p of every value: tensors of one number a response.
    """
    if prompt_from not in ("label", "prompt"):
        raise ValueError(f'prompt_from is "label" or "prompt", found {prompt_from!r}')

    def reward_func(
        queries: Sequence[str], prompts: Sequence[str], labels: Optional[Sequence[Any]] = None, **_: Any
    ) -> Dict[str, Any]:
        import torch

        given = labels if labels is not None else [None] * len(prompts)
        if not len(queries) == len(prompts) == len(given):
            raise ValueError(f"{len(queries)} queries, {len(prompts)} prompts and {len(given)} labels: they go together")
        found = url if url is not None else os.environ.get("ALLGOOD_URL")
        if not found:
            raise ValueError("no reward server: set ALLGOOD_URL to such as http://localhost:8080")
        items = [_item(*row, prompt_from, end_tokens) for row in zip(queries, prompts, given)]
        scores = shared_client(found).score(items)
        columns = [score.columns() for score in scores]
        names = columns[0] if columns else {}
        return {
            "rewards": torch.tensor([score.u for score in scores]),
            "scores": torch.tensor([score.p for score in scores]),
            "extra_logs": {name: torch.tensor([row[name] for row in columns]) for name in names},
        }

    return reward_func


#: With everything from the environment: ``--reward.remote_url …/allgood_rewards/openrlhf.py`` can't import its
#: neighbours, so a file of one line names this instead.
reward_func = make_reward_func()


def rows(prompts: Sequence[Any]) -> List[Dict[str, Any]]:
    """Rows of a data set: ``prompt`` for ``--data.input_key``, ``label`` for ``--data.label_key``."""
    return [
        {"prompt": prompt, "label": prompt if isinstance(prompt, str) else json.dumps(prompt)} for prompt in prompts
    ]


def _item(query: str, prompt: str, label: Any, prompt_from: str, end_tokens: Tuple[str, ...]) -> Item:
    response = response_of(query, prompt, end_tokens)
    if prompt_from == "prompt" or label is None or label == "":
        return as_item(prompt, response)
    return as_item(_messages(label), response)


def _messages(label: Any) -> Any:
    """JSON of messages as messages; other text, though it may begin with a bracket, as it stands."""
    if isinstance(label, str) and label.lstrip().startswith("["):
        try:
            found = json.loads(label)
        except ValueError:
            return label
        if found and all(isinstance(entry, dict) and "role" in entry for entry in found):
            return found
    return label
