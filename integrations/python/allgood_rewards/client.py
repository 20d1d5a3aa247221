"""Scores over HTTP: keep-alive, batches, deadlines, retries, several servers."""

import asyncio
import http.client
import json
import os
import random
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import partial
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, Union
from urllib.parse import urlsplit

from .errors import RewardServerError
from .prompts import Item, as_item
from .scores import BadAnswer, Score, Scored, parse_scores
from .transport import Answer, Transport

#: Statuses that another attempt may mend: the server is busy, restarting, or its reward model failed.
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})

Parsed = Any


class Client:
    """A client of one reward server, or of several with the same objective.

    Args:
        url: of the server, such as ``http://localhost:8080``; a list spreads batches over servers and goes on with
            the others where one fails. Commas do not separate URLs.
        objective: hash of the objective that the server must serve; any by default.
        api_key: bearer key; the environment's ``ALLGOOD_API_KEY`` by default.
        timeout: seconds for one attempt, from the first byte sent to the last received.
        attempts: how often a batch is sent at most.
        max_wait: seconds for a batch with all its attempts and the waits between them.
        batch_size: responses in one request.
        concurrency: requests at once.
        backoff: seconds before the second attempt; doubles, with full jitter. ``Retry-After`` is heeded on top.

    Raises:
        ValueError: an option or an item that can't be meant.
        RewardServerError: from every method that scores, where a response got no sound score.
    """

    def __init__(
        self,
        url: Union[str, Sequence[str]],
        *,
        objective: Optional[str] = None,
        api_key: Optional[str] = None,
        timeout: float = 60.0,
        attempts: int = 6,
        max_wait: float = 300.0,
        batch_size: int = 64,
        concurrency: int = 4,
        backoff: float = 0.25,
        seed: Optional[int] = None,
    ) -> None:
        self.urls = [_checked_url(entry) for entry in ([url] if isinstance(url, str) else url)]
        if not self.urls:
            raise ValueError("a client needs the URL of a server")
        for name, number in (("timeout", timeout), ("max_wait", max_wait), ("backoff", backoff)):
            if not number > 0:
                raise ValueError(f"{name} is a number of seconds above 0, found {number!r}")
        for name, number in (("attempts", attempts), ("batch_size", batch_size), ("concurrency", concurrency)):
            if number < 1:
                raise ValueError(f"{name} is at least 1, found {number!r}")
        self._options: Dict[str, Any] = dict(objective=objective, api_key=api_key)
        self._options.update(
            timeout=timeout, attempts=attempts, max_wait=max_wait, batch_size=batch_size
        )
        self._options.update(concurrency=concurrency, backoff=backoff, seed=seed)
        key = api_key if api_key is not None else os.environ.get("ALLGOOD_API_KEY", "")
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key.strip():
            self._headers["Authorization"] = f"Bearer {_checked_key(key)}"
        self.objective = objective
        self.timeout, self.attempts, self.max_wait = timeout, attempts, max_wait
        self.batch_size, self.concurrency, self.backoff = batch_size, concurrency, backoff
        # seeded by the system unless told: workers that wait in step would come back in step
        self._random = random.Random(seed)
        self._turn = self._random.randrange(len(self.urls))
        self._lock = threading.Lock()
        self._transport = Transport()
        self._pool: Optional[ThreadPoolExecutor] = None

    def score(self, items: Iterable[Union[Item, Tuple[Any, Any]]]) -> List[Score]:
        """Scores of (prompt, response) pairs, or ``{"prompt", "response"}``, in their order. No items, no request."""
        sent = [as_item(*item) if isinstance(item, tuple) else as_item(item["prompt"], item["response"]) for item in items]
        batches = [sent[i : i + self.batch_size] for i in range(0, len(sent), self.batch_size)]
        if len(batches) <= 1 or self.concurrency == 1:
            return self._joined([self._score_batch(batch) for batch in batches])
        with ThreadPoolExecutor(min(self.concurrency, len(batches)), "allgood-batch") as pool:
            futures = [pool.submit(self._score_batch, batch) for batch in batches]
            done, rest = wait(futures, return_when=FIRST_EXCEPTION)
            for future in rest:
                future.cancel()
            for future in done:
                future.result()
            return self._joined([future.result() for future in futures])

    async def score_async(self, items: Iterable[Union[Item, Tuple[Any, Any]]]) -> List[Score]:
        """`score`, in a thread of this client's own: trainers ask for one response at a time, hundreds at once."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(64, "allgood-async")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.score, list(items))

    def request(self, path: str, body: Any, parse: Callable[[bytes], Parsed]) -> Parsed:
        """POSTs JSON to ``path`` and parses the answer, with every retry. ``parse`` raises BadAnswer to refuse it."""
        sent = json.dumps(body).encode()
        deadline = time.monotonic() + self.max_wait
        with self._lock:
            turn = self._turn
            self._turn += 1
        attempt = 0
        while True:
            url = self.urls[(turn + attempt) % len(self.urls)] + path
            attempt += 1
            try:
                return self._attempt(url, sent, parse, min(self.timeout, deadline - time.monotonic()))
            except RewardServerError as error:
                error.attempts = attempt
                pause = self._pause(error, attempt)
                if not error.retryable or attempt >= self.attempts or time.monotonic() + pause >= deadline:
                    raise
            time.sleep(pause)

    def close(self) -> None:
        self._transport.close()
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __reduce__(self) -> Any:
        """A worker that gets a client by pickle opens its own connections."""
        return partial(Client, self.urls, **self._options), ()

    def _score_batch(self, batch: List[Item]) -> Scored:
        parse = partial(parse_scores, expected=len(batch), objective=self.objective)
        return self.request("/v1/score", {"items": batch}, parse)

    def _joined(self, batches: List[Scored]) -> List[Score]:
        objectives = {batch.objective for batch in batches}
        if len(objectives) > 1:
            names = " and ".join(sorted(str(name)[:12] for name in objectives))
            said = f"different objectives answered: {names}; let every server serve the same file"
            raise RewardServerError(said, status=200, url=" ".join(self.urls))
        return [score for batch in batches for score in batch.scores]

    def _attempt(self, url: str, body: bytes, parse: Callable[[bytes], Parsed], timeout: float) -> Parsed:
        try:
            answer = self._transport.post(url, body, self._headers, max(timeout, 0.001))
        except (OSError, http.client.HTTPException) as error:
            said = str(error) or type(error).__name__
            raise RewardServerError(said, url=url, retryable=True) from error
        if answer.status != 200:
            raise RewardServerError(
                _error_message(answer),
                status=answer.status,
                url=url,
                retry_after=answer.retry_after,
                retryable=answer.status in RETRIED,
            )
        try:
            return parse(answer.body)
        except BadAnswer as error:
            raise RewardServerError(str(error), status=200, url=url) from error

    def _pause(self, error: RewardServerError, attempt: int) -> float:
        # another server can be asked at once, until all have been
        if attempt % len(self.urls) != 0:
            return 0.0
        with self._lock:
            jitter = self._random.random()
        return (error.retry_after or 0.0) + jitter * min(self.backoff * 2 ** (attempt - 1), 30.0)


_shared: Dict[str, Client] = {}
_shared_lock = threading.Lock()


def shared_client(url: Union[str, Client, Sequence[str]]) -> Client:
    """The process's one client of a URL, so that reward functions share connections and batches."""
    if isinstance(url, Client):
        return url
    name = url if isinstance(url, str) else " ".join(url)
    with _shared_lock:
        if name not in _shared:
            _shared[name] = Client(url)
        return _shared[name]


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"the URL of a server is such as http://localhost:8080, found {url!r}")
    if "," in url:
        raise ValueError(f"give several servers as a list of URLs, found {url!r}")
    return url.rstrip("/")


def _checked_key(key: str) -> str:
    """Without the line's end that a file or a variable may bring. The message of a refusal does not hold the key."""
    found = key.strip()
    if not found.isascii() or not found.isprintable():
        raise ValueError("the API key holds signs that a header can't carry: letters, digits and signs of ASCII are needed")
    return found


def _error_message(answer: Answer) -> str:
    """The server's own words: every error it sends is ``{"error": {"message"}}`` or plain text."""
    try:
        body = json.loads(answer.body)
        error = body.get("error", body) if isinstance(body, dict) else body
        found = error.get("message") if isinstance(error, dict) else error
        if isinstance(found, str) and found:
            return found
    except ValueError:
        pass
    text = answer.body[:200].decode(errors="replace").strip()
    return text or http.client.responses.get(answer.status, "an error without a message")
