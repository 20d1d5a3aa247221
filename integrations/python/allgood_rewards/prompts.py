"""The forms in which trainers hold prompts and responses: text, or lists of messages, in lists or numpy arrays."""

import re
from typing import Any, Dict, List, Tuple, Union

Message = Dict[str, str]
#: Text is one turn of the user.
Prompt = Union[str, List[Message]]
#: What the server scores.
Item = Dict[str, Any]

_BEGINNING = re.compile(
    r"(?:\s*(?:<s>|<bos>|<\|begin_of_text\|>|<\|startoftext\|>|<\|endoftext\|>|<｜begin▁of▁sentence｜>))*"
)


def as_prompt(value: Any) -> Prompt:
    """Text, or a list of ``{"role", "content"}``; also as numpy arrays, which Parquet readers give."""
    value = _plain(value)
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)) and len(value) > 0:
        return [_message(entry) for entry in value]
    raise ValueError(f"a prompt is text or a list of messages, found {_show(value)}")


def as_item(prompt: Any, response: Any) -> Item:
    """A prompt with its response. Of a response of several messages the last is scored, after those before it."""
    sent = as_prompt(prompt)
    response = _plain(response)
    if isinstance(response, str):
        return {"prompt": sent, "response": response}
    if not isinstance(response, (list, tuple)) or len(response) == 0:
        raise ValueError(f"a response is text or a list of messages, found {_show(response)}")
    messages = [_message(entry) for entry in response]
    *before, last = messages
    if last["role"] != "assistant":
        raise ValueError(f"a response ends with the assistant's message, found the role {last['role']!r}")
    if before:
        turns = [{"role": "user", "content": sent}] if isinstance(sent, str) else sent
        sent = [*turns, *before]
    return {"prompt": sent, "response": last["content"]}


def as_items(prompts: Any, responses: Any) -> List[Item]:
    if len(prompts) != len(responses):
        raise ValueError(f"{len(prompts)} prompts and {len(responses)} responses: they go in pairs")
    return [as_item(prompt, response) for prompt, response in zip(prompts, responses)]


def response_of(query: str, prompt: str, end_tokens: Tuple[str, ...] = ()) -> str:
    """The response in OpenRLHF's ``query``, which is the prompt and the response as one text with special tokens.

    What ends a turn, and white space around the response, is cut off, as the server itself does for ``/get_reward``; a
    tokenizer may have put its token for the beginning before the prompt.

    Raises ValueError where the query does not begin with the prompt (it was cut to fit, say): a guess would score
    something else than the response.
    """
    at = query.find(prompt)
    if at < 0 or not _BEGINNING.fullmatch(query[:at]):
        raise ValueError(
            "the query does not begin with the prompt, so the response can't be told from it; "
            "raise the trainer's prompt length, or leave such prompts out. "
            f"The prompt begins {_show(prompt)}, the query {_show(query)}"
        )
    response = query[at + len(prompt) :].strip()
    while True:
        token = next((token for token in end_tokens if token and response.endswith(token)), None)
        if token is None:
            return response
        response = response[: -len(token)].rstrip()


def _message(entry: Any) -> Message:
    entry = _plain(entry)
    if not isinstance(entry, dict) or not isinstance(entry.get("role"), str):
        raise ValueError(f'a message is {{"role": …, "content": …}}, found {_show(entry)}')
    return {"role": entry["role"], "content": _text(entry.get("content"))}


def _text(content: Any) -> str:
    """Text, or the text of parts; a picture can't be left out silently."""
    content = _plain(content)
    if isinstance(content, str):
        return content
    if isinstance(content, (list, tuple)):
        parts = [_plain(part) for part in content]
        if all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in parts):
            return "".join(part["text"] for part in parts)
    raise ValueError(f"the content of a message is text, found {_show(content)}")


def _plain(value: Any) -> Any:
    """Numpy arrays and scalars as Python's own."""
    return value.tolist() if hasattr(value, "tolist") else value


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
