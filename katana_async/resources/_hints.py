"""Errors for common mistakes with lists, which name the right call."""

from collections.abc import Callable, Generator, Iterable, Iterator
from functools import wraps
from typing import Any, NoReturn, TypeVar

from attrs import frozen

from ..http.pages import Pages

T = TypeVar("T")

_PAGING = ("limit", "page", "per_page", "page_size", "offset")

_WAYS = (
    "`async for record in ...` reads all records, `await ....collect(limit=10)` returns a"
    " list, `await ....page(1, limit=10)` one page, `await ....first()` the newest record and"
    " `await ....count()` their number"
)


@frozen(repr=False)
class ListCall(Pages[T]):
    """A list as `list()` and `search()` return it.

    `await`, `for`, `len()` and `[]` raise TypeError with the right call. Type checkers see `Pages`,
    which supports none of these.
    """

    def __repr__(self) -> str:
        return f"<list of {self._source.path}>"

    def __await__(self) -> Generator[Any, Any, NoReturn]:
        raise TypeError(f"a list is not awaited: {_WAYS}")

    def __iter__(self) -> Iterator[NoReturn]:
        raise TypeError(f"a list is read with `async for`, not `for`: {_WAYS}")

    def __getitem__(self, index: object) -> NoReturn:
        raise TypeError(f"a list has no index: {_WAYS}")

    def __len__(self) -> int:
        raise TypeError(f"a list has no len(): {_WAYS}")

    def __bool__(self) -> bool:
        return True


def refuse_paging(call: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a method `list` or `search` so that `limit=`, `page=` and the like raise TypeError."""

    @wraps(call)
    def call_without_paging(*args: Any, **filters: Any) -> Any:
        for name in _PAGING:
            if name in filters:
                raise TypeError(
                    f"{call.__name__}() takes no {name!r}: it returns a list of all records, which"
                    f" is read later: {_WAYS}"
                )
        return call(*args, **filters)

    return call_without_paging


IGNORED: dict[tuple[str, str], str] = {
    ("/sales_returns", "sales_order_no"): (
        "the service ignores it and returns every sales return (seen 2026-09-20): list without it"
        " and keep those whose sales_order_id is that of the order"
    ),
}
"""Why a filter is refused that Katana's document declares and the service ignores, and an
alternative, by path and filter.

Katana answers an ignored filter with the whole collection, as if all records matched.
"""


def refuse_ignored(path: str, names: Iterable[str]) -> None:
    """Raise TypeError, with reason and remedy, if the service ignores one of the filters."""
    for name in names:
        if (path, name) in IGNORED:
            raise TypeError(f"{path} cannot be filtered by {name!r}: {IGNORED[path, name]}")
