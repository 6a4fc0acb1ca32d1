"""What can be set for a client or for a single call."""

from typing import Any, Literal, TypedDict

from attrs import evolve, field, frozen

from .limits.window import Priority

PriorityName = Literal["interactive", "normal", "bulk"]
_PRIORITIES: dict[str, Priority] = {name.name.lower(): name for name in Priority}


class OptionChanges(TypedDict, total=False):
    """Options as a caller writes them; see `Options`."""

    timeout: float
    connect_timeout: float
    deadline: float | None
    retries: int
    priority: PriorityName
    max_response_bytes: int


@frozen
class Options:
    """How calls are made.

    Attributes:
        timeout: Seconds for one attempt, from connecting to the last byte of the answer.
        connect_timeout: Seconds for getting a connection, within `timeout`.
        deadline: Seconds for the whole call: every attempt, the waits between them and the wait for
            the rate limit. None: as long as it takes, which is bounded by `retries` and the queue.
        retries: How often a call may be sent again after the first time, where that is safe.
        priority: Who goes first when calls wait for the rate limit.
        max_response_bytes: The largest decoded answer that is read.
    """

    timeout: float = 30.0
    connect_timeout: float = 10.0
    deadline: float | None = None
    retries: int = 4
    priority: Priority = field(default=Priority.NORMAL)
    max_response_bytes: int = 64 * 1024 * 1024

    def changed(self, changes: OptionChanges) -> "Options":
        """Return these options with some changed.

        Raises:
            TypeError: There is no such option.
            ValueError: A value makes no sense.
        """
        known = OptionChanges.__annotations__
        for name in changes:
            if name not in known:
                raise TypeError(f"unknown option {name!r}; there are {', '.join(known)}")
        values: dict[str, Any] = dict(changes)
        for name in ("timeout", "connect_timeout", "deadline", "max_response_bytes"):
            value = changes.get(name)
            if name not in changes or (value is None and name == "deadline"):
                continue
            if not isinstance(value, int | float) or not value > 0:
                raise ValueError(f"{name} must be above 0, not {value!r}")
        if changes.get("retries", 0) < 0:
            raise ValueError("retries must be 0 or more")
        if "priority" in changes:
            if changes["priority"] not in _PRIORITIES:
                raise ValueError(
                    f"priority must be one of {', '.join(_PRIORITIES)}, not {changes['priority']!r}"
                )
            values["priority"] = _PRIORITIES[changes["priority"]]
        return evolve(self, **values)
