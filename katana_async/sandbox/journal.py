"""The journal: the requests that the sandbox read."""

from collections import deque
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Generic, TypeVar, overload

from attrs import define

T = TypeVar("T")


@define
class Seen:
    """A request, without its key and the values of secret headers.

    Secrets in requests to the authorization server are masked (`***`) too.

    Attributes:
        path: The path below the base URL, decoded, without the query: `/products/7`.
        target: The request target as sent, base path and query included.
        query: Name and value of each parameter, in order.
        body: The parsed JSON; bytes if they are not JSON; None without a body; for a form to the
            authorization server, name and value of each parameter, in order.
        headers: By lower-case name, without Authorization and Cookie.
        at: The time of the sandbox's clock, in seconds since the epoch.
        key_id: The key or grant (see `Sandbox.key_id`), valid or not; None without one.
        connection: The number of the connection, from 1.
        operation: The operation's name, `GET /products/{id}`; None for an unknown path.
        status: The status that was sent; None if no answer was sent.
        fault: The name of the fault that was applied; None without one.
    """

    method: str
    path: str
    target: str
    query: list[tuple[str, str]]
    body: Any
    headers: dict[str, str]
    cookies: dict[str, str]
    at: float
    key_id: str | None
    connection: int
    operation: str | None = None
    status: int | None = None
    fault: str | None = None


def matches_path(pattern: str | None, path: str) -> bool:
    """Return whether a path equals the pattern, is below it, or matches it as a glob."""
    if pattern is None:
        return True
    if any(mark in pattern for mark in "*?["):
        return fnmatchcase(path, pattern)
    return path == pattern or path.startswith(pattern.rstrip("/") + "/")


class Log(Generic[T]):
    """A list of entries, oldest first.

    Args:
        limit: The number of entries to keep, the newest; None keeps all.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._entries: deque[T] = deque(maxlen=limit)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self._entries[index] if isinstance(index, int) else list(self._entries)[index]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._entries))

    def add(self, entry: T) -> None:
        """Append an entry."""
        self._entries.append(entry)

    def clear(self) -> None:
        """Remove all entries."""
        self._entries.clear()


class Journal(Log[Seen]):
    """The requests that reached the sandbox, oldest first."""

    def find(
        self, *, method: str | None = None, path: str | None = None, status: int | None = None
    ) -> list[Seen]:
        """Return the matching requests.

        Args:
            method: The request's method.
            path: A path, which includes all paths below it, or a glob (`/products/*`).
            status: The answer's status.
        """
        return [
            seen
            for seen in self
            if method in (None, seen.method)
            and matches_path(path, seen.path)
            and status in (None, seen.status)
        ]

    def count(
        self, *, method: str | None = None, path: str | None = None, status: int | None = None
    ) -> int:
        """Return the number of matching requests (see `find`)."""
        return len(self.find(method=method, path=path, status=status))
