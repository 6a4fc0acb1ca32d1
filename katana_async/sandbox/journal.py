"""The journal: every request that was read by the sandbox, whatever came of it."""

from collections import deque
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, overload

from attrs import define, field


@define
class Seen:
    """One request as the sandbox saw it. The key and the values of secret headers are not kept.

    Of a request to the authorization server, nothing secret is kept either: `***` stands for it.

    Attributes:
        method: GET, POST, PATCH, DELETE.
        path: The path below the base URL, decoded, without the query: `/products/7`.
        target: The request target as it was on the wire, base path and query included.
        query: Name and value of each parameter, in order.
        body: The parsed JSON, the bytes when they are not JSON, None when there were none. Of a
            form for the authorization server, name and value of each parameter, in order.
        headers: By lower-case name, without Authorization and Cookie.
        cookies: The cookies that came along.
        at: The sandbox's clock, in seconds since the epoch.
        key_id: Which key or grant (see `Sandbox.key_id`), valid or not; None without one.
        connection: The number of the connection it came on, from 1.
        operation: The operation it was, `GET /products/{id}`; None when there is no such.
        status: The status that was sent, None when none was.
        fault: The name of the fault that met it.
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


def matches(pattern: str | None, path: str) -> bool:
    """Tell whether a path is the pattern, lies below it, or fits it as a glob (`/products/*`)."""
    if pattern is None:
        return True
    if any(mark in pattern for mark in "*?["):
        return fnmatchcase(path, pattern)
    return path == pattern or path.startswith(pattern.rstrip("/") + "/")


@define
class Journal:
    """What reached the sandbox, oldest first.

    Attributes:
        limit: How many requests are kept (the newest); None keeps all.
    """

    limit: int | None = None
    _seen: deque[Seen] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._seen = deque(maxlen=self.limit)

    @overload
    def __getitem__(self, index: int) -> Seen: ...
    @overload
    def __getitem__(self, index: slice) -> list[Seen]: ...
    def __getitem__(self, index: int | slice) -> Seen | list[Seen]:
        if isinstance(index, slice):
            return list(self._seen)[index]
        return self._seen[index]

    def __len__(self) -> int:
        return len(self._seen)

    def __iter__(self) -> Iterator[Seen]:
        return iter(list(self._seen))

    def add(self, seen: Seen) -> None:
        """Write a request down."""
        self._seen.append(seen)

    def clear(self) -> None:
        """Forget everything."""
        self._seen.clear()

    def find(
        self, *, method: str | None = None, path: str | None = None, status: int | None = None
    ) -> list[Seen]:
        """Return the requests that fit.

        Args:
            method: The method.
            path: A path, which also means everything below it, or a glob.
            status: The status that was answered.
        """
        return [
            seen
            for seen in self._seen
            if (method is None or seen.method == method)
            and matches(path, seen.path)
            and (status is None or seen.status == status)
        ]

    def count(
        self, *, method: str | None = None, path: str | None = None, status: int | None = None
    ) -> int:
        """Count the requests that fit (see `find`)."""
        return len(self.find(method=method, path=path, status=status))
