"""Searches: the filter language of POST .../search, checked, compared and put in order."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from .account import Account
from .clock import moment
from .errors import Problem, Refusal, invalid
from .gateway import Schema
from .operations import Call, Operation, Reply, Showing
from .pages import Page
from .schema import Path, check, is_number
from .store import Accepts, Record

_DEFAULT_LIMIT = 50
_DEEPEST = 2
_CUSTOM_FIELD = "custom_fields."
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

Read = Callable[[Account, Record, str], Any]
"""Returns the value of a field that a search names."""


def read_field(_account: Account, record: Record, name: str) -> Any:
    """Return the value of a field that the record itself has."""
    return record.get(name)


def search_operation(
    collection: str, present: Callable[[Showing], Record], read: Read = read_field
) -> Operation:
    """Declare the search of a collection.

    Args:
        collection: Its name.
        present: How its records are written.
        read: Returns the value of a field; custom fields are read here.
    """

    def run(call: Call) -> Reply:
        asked: Mapping[str, Any] = call.body
        search = _Search(call, read)
        include: list[str] = asked.get("include", [])
        table = call.account.store[collection]
        fits = search.condition(asked.get("filter", {}), ("filter",), 0)
        view = table.view(fits, archived="archived" in include, deleted="deleted" in include)
        rows = list(table.rows(view))
        for name, descending in reversed(search.order(asked.get("order", []))):
            rows.sort(key=search.sort_key(name), reverse=descending)
        page = Page(len(rows), asked.get("limit", _DEFAULT_LIMIT), asked.get("page", 1))
        shown = [
            present(call.showing(row, "search", frozenset(include)))
            for row in rows[page.offset : page.stop]
        ]
        return Reply(200, {"data": shown}, (page.header,))

    return Operation(method="POST", path=f"/{collection}/search", run=run)


class _Search:
    """One search: its conditions and its order, checked by the document's schema of `filter`."""

    def __init__(self, call: Call, read: Read) -> None:
        self._account, self._read = call.account, read
        body = call.operation.declared.body
        assert body is not None
        self._schema: Schema = body["properties"]["filter"]
        self._fields = frozenset(self._schema["properties"]) - {"and", "or"}

    def value(self, record: Record, name: str) -> Any:
        """Return the value of a field, `custom_fields.<uuid>` included."""
        if name.startswith(_CUSTOM_FIELD):
            held: Record = self._read(self._account, record, "custom_fields") or {}
            return held.get(name.removeprefix(_CUSTOM_FIELD))
        return self._read(self._account, record, name)

    def condition(self, where: Mapping[str, Any], path: Path, depth: int) -> Accepts:
        """Return whether a record meets all clauses of a condition.

        Raises:
            Refusal: 422, a clause within `and` or `or` is not valid, or they are nested too deeply.
        """
        problems = list(check(self._schema, where, path))
        if depth > _DEEPEST:
            message = f"must not be nested deeper than {_DEEPEST}"
            problems.append(Problem(path, "maxDepth", message, {"limit": _DEEPEST}))
        if problems:
            raise invalid(problems)
        tests = [self._clause(name, wanted, path, depth) for name, wanted in where.items()]
        return lambda record: all(test(record) for test in tests)

    def _clause(self, name: str, wanted: Any, path: Path, depth: int) -> Accepts:
        if name in ("and", "or"):
            inner = [
                self.condition(each, (*path, name, index), depth + 1)
                for index, each in enumerate(wanted)
            ]
            if name == "and":
                return lambda record: all(test(record) for test in inner)
            return lambda record: not inner or any(test(record) for test in inner)
        words = cast("Mapping[str, Any]", wanted if isinstance(wanted, dict) else {"eq": wanted})
        tests = [_COMPARES[word](other) for word, other in words.items()]

        def compare(record: Record) -> bool:
            value = self.value(record, name)
            # Of several values, as supplier_item_codes holds, one has to fit.
            several = isinstance(value, list | tuple)
            values = cast("Sequence[Any]", value if several else (value,))
            return any(all(test(each) for test in tests) for each in values)

        return compare

    def order(self, written: str | list[str]) -> list[tuple[str, bool]]:
        """Read `created_at DESC` and the like: the fields, and whether each is descending.

        Raises:
            Refusal: 422, it names no field, or another direction.
        """
        return [self._read_order(each) for each in _listed(written)]

    def _read_order(self, written: str) -> tuple[str, bool]:
        name, _, way = written.strip().partition(" ")
        known = name in self._fields or name.startswith(_CUSTOM_FIELD)
        if not known or way.strip().upper() not in ("", "ASC", "DESC"):
            raise _bad_order(written)
        return name, way.strip().upper() == "DESC"

    def sort_key(self, name: str) -> Callable[[Record], Any]:
        """Return what records are sorted by; null is first, and types are kept apart."""

        def key(record: Record) -> tuple[str, Any]:
            plain = _plain(self.value(record, name))
            return ("", 0) if plain is None else (type(plain).__name__, plain)

        return key


def _listed(written: str | list[str]) -> list[str]:
    return [written] if isinstance(written, str) else written


def _bad_order(written: str) -> Refusal:
    message = "must be fields, each followed by ASC or DESC"
    return invalid([Problem(("order",), "order", message, {"order": written})])


def _equal(value: Any, other: Any) -> bool:
    return bool(_plain(value) == _plain(other))


def _plain(value: Any) -> Any:
    """Return a value so that equal ones are equal: times as moments, numbers exact."""
    if is_number(value):
        return Decimal(str(value))
    if isinstance(value, str) and _DATE.match(value):
        try:
            return moment(value)
        except ValueError:
            return value
    return value


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Any], Callable[[Any], bool]]:
    """Return a comparison by order, which values of different kinds, and null, never meet."""

    def against(other: Any) -> Callable[[Any], bool]:
        bound = _plain(other)

        def test(value: Any) -> bool:
            try:
                return holds(_plain(value), bound)
            except TypeError:
                return False

        return test

    return against


def _between(ends: Sequence[Any]) -> Callable[[Any], bool]:
    least, most = _COMPARES["gte"](ends[0]), _COMPARES["lte"](ends[1])
    return lambda value: least(value) and most(value)


def _like(flags: int) -> Callable[[str], Callable[[Any], bool]]:
    def against(pattern: str) -> Callable[[Any], bool]:
        fits = _pattern(pattern, flags)
        return lambda value: isinstance(value, str) and fits.fullmatch(value) is not None

    return against


@lru_cache(maxsize=64)
def _pattern(pattern: str, flags: int) -> re.Pattern[str]:
    """Translate a pattern of SQL, where `%` is anything and `_` any one character."""
    marks = {"%": ".*", "_": "."}
    written = "".join(marks.get(each) or re.escape(each) for each in pattern)
    return re.compile(written, flags | re.DOTALL)


_COMPARES: dict[str, Callable[[Any], Callable[[Any], bool]]] = {
    "eq": lambda other: lambda value: _equal(value, other),
    "neq": lambda other: lambda value: not _equal(value, other),
    "gt": _ordered(lambda value, bound: value > bound),
    "gte": _ordered(lambda value, bound: value >= bound),
    "lt": _ordered(lambda value, bound: value < bound),
    "lte": _ordered(lambda value, bound: value <= bound),
    "between": _between,
    "inq": lambda others: lambda value: any(_equal(value, other) for other in others),
    "nin": lambda others: lambda value: not any(_equal(value, other) for other in others),
    "like": _like(0),
    "ilike": _like(re.IGNORECASE),
}
