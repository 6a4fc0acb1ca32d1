"""Decide whether a request is retried and after which wait. No I/O."""

import random
from collections.abc import Callable
from enum import Enum

from .messages import Repeat, Request

BACKOFF_BASE = 0.5
"""Maximum wait in seconds before the first retry; it doubles with each retry."""

BACKOFF_CAP = 30.0
"""Maximum backoff in seconds."""


class Fate(Enum):
    """The fate of a request that received no usable answer."""

    NOT_SENT = "not sent"
    """It did not reach the server: no connection was made."""

    UNKNOWN = "unknown"
    """The server may have executed it."""

    HOPELESS = "hopeless"
    """It did not reach the server, and a retry would not either: a wrong certificate, for one."""


def is_transient(status: int) -> bool:
    """Return whether the same request may succeed later.

    501 and 505 (HTTP Version Not Supported) would be answered in the same way. Gateways have
    statuses of their own, such as Cloudflare's 520 to 530.
    """
    return status in (408, 425) or (500 <= status < 600 and status not in (501, 505))


def may_repeat_after_failure(request: Request, fate: Fate) -> bool:
    """Return whether a request without an answer may be sent again."""
    if fate is Fate.HOPELESS:
        return False
    return fate is Fate.NOT_SENT or request.repeat is not Repeat.WRITE


def may_repeat_after_status(request: Request, status: int) -> bool:
    """Return whether a request that was answered with an error may be sent again.

    A 429 was not executed, so that even a write may be sent again. After a 5xx a write may have
    been executed.
    """
    return status == 429 or (is_transient(status) and request.repeat is not Repeat.WRITE)


def outcome_unknown_after_status(request: Request, status: int) -> bool:
    """Return whether a write that was answered with an error may have been executed."""
    # A gateway may answer 408 after it has forwarded the request; a 425 was not processed. A 303
    # follows an executed POST, while 307 and 308 mean that it has to be sent elsewhere.
    unclear = status >= 500 or status == 408 or status in (301, 302, 303)
    return unclear and request.repeat is not Repeat.READ


def backoff(attempt: int, rng: Callable[[], float] = random.random) -> float:
    """Return the seconds to wait after a failed attempt (counted from 1), with full jitter.

    Full jitter keeps the retries of many clients from arriving at the same moment.
    """
    # An outage may last for thousands of attempts, and 2.0 ** 1024 is an OverflowError.
    return rng() * min(BACKOFF_CAP, BACKOFF_BASE * 2.0 ** min(attempt - 1, 64))


def jitter() -> float:
    """Return a random factor from 0.5 to 1 that spreads the actions of many clients."""
    return 0.5 + random.random() / 2  # noqa: S311 - spreads the load, no secret # nosec B311


class RetryBudgets:
    """Limit retries to a share of each quota's traffic, so that an outage is not multiplied.

    Each request earns a fifth of a retry and each retry spends a whole one: during a long outage at
    most 20 % more requests are sent than callers make. The reserve covers short failures. Each
    quota has its own budget, so that one tenant's failures do not use up the retries of others.
    `reserve` are the retries of a quota that may be spent at once, `share` those a request earns.
    """

    def __init__(self, reserve: float = 20.0, share: float = 0.2) -> None:
        self._reserve = reserve
        self._share = share
        self._left: dict[str, float] = {}  # of the quotas whose reserve is not full

    def earn(self, quota: str) -> None:
        """Count a request of a quota."""
        left = self._left.pop(quota, self._reserve) + self._share
        if left < self._reserve:
            self._left[quota] = left

    def spend(self, quota: str) -> bool:
        """Take one retry of a quota; return False if its budget is spent."""
        left = self._left.get(quota, self._reserve)
        if left < 1.0:
            return False
        self._left[quota] = left - 1.0
        return True
