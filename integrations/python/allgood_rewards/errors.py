"""The one error of this package that says "no reward"."""

from typing import Optional


class RewardServerError(Exception):
    """A batch got no rewards. Nothing is ever made up in their place.

    Attributes:
        status: the HTTP status, or None where there was no whole answer (refused, reset, too late).
        message: what the server said, or what was wrong with its answer.
        url: the server that was asked last.
        attempts: how often the batch was sent.
        retry_after: seconds after which the server wants to be asked again, where it said so.
    """

    def __init__(
        self,
        message: str,
        *,
        status: Optional[int] = None,
        url: str = "",
        attempts: int = 1,
        retry_after: Optional[float] = None,
        retryable: bool = False,
    ) -> None:
        self.status = status
        self.message = message
        self.url = url
        self.attempts = attempts
        self.retry_after = retry_after
        self.retryable = retryable
        super().__init__(message)

    def __str__(self) -> str:
        answered = "no answer" if self.status is None else f"HTTP {self.status}"
        tries = "" if self.attempts == 1 else f", {self.attempts} attempts"
        return f"{self.url}: {self.message} ({answered}{tries})"
