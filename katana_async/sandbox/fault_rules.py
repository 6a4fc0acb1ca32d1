"""The rules by which faults strike requests."""

from attrs import define, field, frozen

from .faults import ClockSkew, Fault, IdleClose, Latency, Outcome, ResetBeforeRead
from .journal import matches


@define(eq=False)
class Rule:
    """A fault that was added.

    Attributes:
        times: How many more requests it strikes; None for all.
        after: How many requests that fit pass before it strikes.
        hits: How many requests it has struck.
    """

    fault: Fault
    method: str | None
    path: str | None
    times: int | None
    after: int
    hits: int = 0

    def fits(self, method: str, path: str) -> bool:
        """Return whether a request fits method and path."""
        return self.method in (None, method) and matches(self.path, path)

    def strike(self) -> bool:
        """Count a request that fits, and return whether the fault strikes it."""
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
class Plan:
    """The faults that strike one request.

    Attributes:
        delay: Seconds before it is answered.
        processed_at_once: Whether it takes effect before that delay.
        skew: Seconds by which the server's clock is off.
        outcome: The fault that decides the answer; None for the true answer.
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


_NOTHING = Plan()


@define
class Faults:
    """The faults that are switched on, in the order they were added."""

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
            method: Only requests of this method.
            path: Only requests of this path (below the base URL) and those below it, or those
                that fit it as a glob.
            times: How many requests; None for all from now on.
            after: How many that fit pass first.

        Returns:
            The rule, whose `hits` count the requests it struck.
        """
        rule = Rule(fault, method and method.upper(), path, times, after)
        self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Switch all faults off."""
        self._rules.clear()

    def on_connect(self) -> bool:
        """Return whether to reset a connection that has just opened."""
        return any(
            rule.strike()
            for rule in self._rules
            if isinstance(rule.fault, ResetBeforeRead) and (rule.method, rule.path) == (None, None)
        )

    def on_arrival(self, method: str, path: str, *, kept_alive: bool) -> Fault | None:
        """Return the fault that strikes a request whose first bytes have arrived, if any."""
        for rule in self._rules:
            closes = kept_alive and rule.fault == IdleClose("next_request")
            early = isinstance(rule.fault, ResetBeforeRead) or closes
            if early and rule.fits(method, path) and rule.strike():
                return rule.fault
        return None

    def plan(self, method: str, path: str) -> Plan:
        """Return the faults that strike a request that was read, and count it as struck."""
        if not self._rules:
            return _NOTHING
        delay, at_once, skew, closes = 0.0, True, 0.0, False
        outcome: Outcome | None = None
        for rule in self._rules:
            fault = rule.fault
            second_outcome = outcome is not None and isinstance(fault, Outcome)
            if second_outcome or not rule.fits(method, path):
                continue
            if isinstance(fault, Latency) and rule.strike():
                delay += fault.seconds
                at_once = at_once and fault.processed
            elif isinstance(fault, ClockSkew) and rule.strike():
                skew += fault.seconds
            elif fault == IdleClose("after_answer") and rule.strike():
                closes = True
            elif isinstance(fault, Outcome) and rule.strike():
                outcome = fault
        return Plan(delay, at_once, skew, outcome, closes)
