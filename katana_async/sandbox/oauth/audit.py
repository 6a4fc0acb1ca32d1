"""What the authorization server did, for tests to read."""

from collections.abc import Iterator
from typing import Literal, overload

from attrs import define, field, frozen

Kind = Literal[
    "authorized",
    "denied",
    "exchanged",
    "refreshed",
    "overlapped",
    "reused",
    "chain_killed",
    "revoked",
    "refused",
]


@frozen
class Event:
    """One thing that happened. A request is one event, and `chain_killed` may follow it.

    Attributes:
        kind: `authorized` and `denied`: a person decided. `exchanged`: a code for tokens.
            `refreshed`. `overlapped`: refreshed with the previous token, within the overlap.
            `reused`: a spent refresh token or code came again. `chain_killed`: because of that.
            `revoked`: by the client, or by the customer. `refused`: anything else that was wrong.
        client_id: The app; None when no registered one was named.
        grant: The id of the grant; None when it was about none.
        at: The sandbox's clock, in seconds since the epoch.
        detail: What was refused or reused and why, in words. Never a secret.
    """

    kind: Kind
    client_id: str | None
    grant: str | None
    at: float
    detail: str = ""


@define
class Audit:
    """The events, oldest first."""

    _events: list[Event] = field(factory=list[Event])

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        return self._events[index]

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(list(self._events))

    def add(self, event: Event) -> None:
        """Write an event down."""
        self._events.append(event)

    def clear(self) -> None:
        """Forget everything."""
        self._events.clear()

    def find(self, kind: Kind | None = None, grant: str | None = None) -> list[Event]:
        """Return the events of a kind, of a grant, or both."""
        return [
            event
            for event in self
            if (kind is None or event.kind == kind) and (grant is None or event.grant == grant)
        ]

    def count(self, kind: Kind | None = None, grant: str | None = None) -> int:
        """Count the events that fit (see `find`)."""
        return len(self.find(kind, grant))
