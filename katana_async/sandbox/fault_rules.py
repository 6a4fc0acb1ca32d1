"""Which request meets which fault."""

from collections.abc import Iterator

from attrs import define, field, frozen

from .faults import ClockSkew, Fault, IdleClose, Latency, Outcome, ResetBeforeRead
from .journal import matches


@define(eq=False)
class Rule:
    """A fault that was added, and whom it strikes.

    Attributes:
        times: How many more requests it strikes; None for every one.
        after: How many requests that fit pass before it strikes.
        hits: How many it has struck.
    """

    fault: Fault
    method: str | None
    path: str | None
    times: int | None
    after: int
    hits: int = 0

    def fits(self, method: str, path: str) -> bool:
        """Tell whether a request is one of those meant."""
        return self.method in (None, method) and matches(self.path, path)

    def strike(self) -> bool:
        """Count a request that fits; True if the fault strikes it."""
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
    """What one request meets.

    Attributes:
        delay: Seconds before it is answered.
        processed_at_once: Whether it takes effect before that delay.
        skew: Seconds by which the server's clock seems off.
        outcome: What decides the answer; None for the true one.
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
        """Let a fault strike.

        Args:
            fault: What goes wrong.
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
        """Tell whether a connection that has just opened is to be reset."""
        return any(
            rule.strike()
            for rule in self._of(ResetBeforeRead)
            if rule.method is None and rule.path is None
        )

    def on_arrival(self, method: str, path: str, *, kept_alive: bool) -> Fault | None:
        """Return what strikes a request of which the first bytes have come, if anything does."""
        for rule in self._rules:
            closes = kept_alive and rule.fault == IdleClose("next_request")
            early = isinstance(rule.fault, ResetBeforeRead) or closes
            if early and rule.fits(method, path) and rule.strike():
                return rule.fault
        return None

    def plan(self, method: str, path: str) -> Plan:
        """Return what a request that was wholly read meets, and count it as struck."""
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

    def _of(self, kind: type[Fault]) -> Iterator[Rule]:
        return (rule for rule in self._rules if isinstance(rule.fault, kind))
