"""The rules by which faults apply to requests."""

from attrs import define, field, frozen

from .faults import ClockSkew, Fault, IdleClose, Latency, Outcome, ResetBeforeRead
from .journal import matches_path


@define(eq=False)
class Rule:
    """A fault and the requests that it applies to.

    Attributes:
        times: The number of requests it still applies to; None for all.
        after: The number of matching requests to leave alone first.
        hits: The number of requests it has applied to.
    """

    fault: Fault
    method: str | None
    path: str | None
    times: int | None
    after: int
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Return whether a request has the rule's method and path."""
        return self.method in (None, method) and matches_path(self.path, path)

    def count_match(self) -> bool:
        """Count a matching request, and return whether the fault applies to it."""
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is not None:
            if self.times <= 0:
                return False
            self.times -= 1
        self.hits += 1
        return True


@frozen
class FaultPlan:
    """The combined faults of a request.

    Attributes:
        delay: Seconds before the answer.
        processed_at_once: Whether the request is carried out before the delay.
        skew: Seconds by which the server's clock is off.
        outcome: The fault that replaces the answer; None for the true answer.
        closes: Whether the connection is closed after the answer.
    """

    delay: float = 0.0
    processed_at_once: bool = True
    skew: float = 0.0
    outcome: Outcome | None = None
    closes: bool = False

    @property
    def name(self) -> str | None:
        """The fault's name for the journal."""
        if self.outcome is not None:
            return type(self.outcome).__name__
        if self.closes:
            return IdleClose.__name__
        return Latency.__name__ if self.delay else None


_NOTHING = FaultPlan()


@define
class Faults:
    """The active faults, in the order in which they were added."""

    _rules: list[Rule] = field(factory=list[Rule])

    def add(
        self,
        fault: Fault,
        *,
        method: str | None = None,
        path: str | None = None,
        times: int | None = 1,
        after: int = 0,
    ) -> Rule:
        """Add a fault.

        Args:
            method: The method of matching requests; None for all.
            path: The path (below the base URL) of matching requests, which includes all paths
                below it, or a glob; None for all.
            times: The number of requests to apply the fault to; None for all.
            after: The number of matching requests to leave alone first.

        Returns:
            The rule, whose `hits` counts the requests that the fault was applied to.
        """
        rule = Rule(fault, method and method.upper(), path, times, after)
        self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Remove all faults."""
        self._rules.clear()

    def on_connect(self) -> bool:
        """Return whether to reset a new connection."""
        return any(
            rule.count_match()
            for rule in self._rules
            if isinstance(rule.fault, ResetBeforeRead) and (rule.method, rule.path) == (None, None)
        )

    def on_arrival(self, method: str, path: str, *, kept_alive: bool) -> Fault | None:
        """Return the fault that prevents the reading of an arriving request; None without one."""
        for rule in self._rules:
            closes = kept_alive and rule.fault == IdleClose("next_request")
            early = isinstance(rule.fault, ResetBeforeRead) or closes
            if early and rule.matches(method, path) and rule.count_match():
                return rule.fault
        return None

    def plan(self, method: str, path: str) -> FaultPlan:
        """Return the faults of a complete request, and count them."""
        if not self._rules:
            return _NOTHING
        delay, at_once, skew, closes = 0.0, True, 0.0, False
        outcome: Outcome | None = None
        for rule in self._rules:
            fault = rule.fault
            second_outcome = outcome is not None and isinstance(fault, Outcome)
            if second_outcome or not rule.matches(method, path):
                continue
            if isinstance(fault, Latency) and rule.count_match():
                delay += fault.seconds
                at_once = at_once and fault.processed
            elif isinstance(fault, ClockSkew) and rule.count_match():
                skew += fault.seconds
            elif fault == IdleClose("after_answer") and rule.count_match():
                closes = True
            elif isinstance(fault, Outcome) and rule.count_match():
                outcome = fault
        return FaultPlan(delay, at_once, skew, outcome, closes)
