"""The pauses between the polls of followed feeds. No I/O."""

import math

from attrs import define, field

from ..http.limits.registry import KATANA_LIMIT, KATANA_WINDOW

_SHORTEST, _LONGEST = 10.0, 600.0  # seconds between two polls
_SHARE = 12.0  # seconds for each request of a poll: a feed uses at most 5 requests a minute
_RATE_SPAN = 1800.0  # seconds over which the rate of changes is averaged

BUDGET = KATANA_LIMIT / KATANA_WINDOW / 2
"""Requests per second of all followed feeds of an account: half of the quota."""


@define(eq=False)
class Budget:
    """The requests per second that the followed feeds of an account share.

    Each feed states its demand. If the sum is above `BUDGET`, all pauses grow by the same factor,
    which keeps their ratio and with it the least mean delay.
    """

    _demands: dict["Schedule", float] = field(factory=dict["Schedule", float])

    def set_demand(self, schedule: "Schedule", demand: float) -> float:
        """Set the demand of a feed, and return the factor for its pause, at least 1."""
        self._demands[schedule] = demand
        return max(1.0, sum(self._demands.values()) / BUDGET)

    def leave(self, schedule: "Schedule") -> None:
        """Remove the demand of a feed that ends."""
        self._demands.pop(schedule, None)


@define(eq=False)
class Schedule:
    """The pause between two polls of a followed collection.

    It is proportional to the square root of the requests per poll divided by the changes per
    second. For a given number of requests, this has the least mean delay. The pause is 10 s to
    10 min, and 1 min for one change a minute.
    """

    budget: Budget = field(factory=Budget)
    rate: float = 1 / 600

    def pause(self, changes: int, requests: int, elapsed: float) -> float:
        """Return the seconds until the next poll.

        Args:
            changes: The number of changes that the last round delivered.
            requests: The number of requests of the last poll.
            elapsed: Seconds since the round before.
        """
        self.rate = (self.rate * _RATE_SPAN + changes) / (_RATE_SPAN + elapsed)
        best = math.sqrt(60 * requests / max(self.rate, 1 / 36000))
        alone = max(min(_LONGEST, max(_SHORTEST, best)), requests * _SHARE)
        return alone * self.budget.set_demand(self, requests / alone)
