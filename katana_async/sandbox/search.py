"""Searches: the filter language of POST .../search, checked, compared and put in order."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from attrs import frozen

from .account import Account
from .clock import moment
from .errors import Problem, invalid
from .operations import Call, Operation, Reply, Showing
from .pages import Page
from .schema import Flag, Integer, Items, Number, Object, Path, Schema, Text, body, is_number
from .store import Accepts, Record
from .unions import Anything, Either, Null

_DEFAULT_LIMIT = 50
_MOST_ROWS = 200
_CUSTOM = r"^custom_fields\..+$"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

_TEXT = Text(most=256)
_SCALARS = (_TEXT, Number(), Flag(), Null())
_SEVERAL = Items(of=Either(of=_SCALARS), most=100)
_COMPARISON = Either(
    of=(
        *_SCALARS,
        body(
            neq=Anything(),
            gt=Anything(),
            gte=Anything(),
            lt=Anything(),
            lte=Anything(),
            between=Items(of=Either(of=_SCALARS), least=2, most=2),
            inq=_SEVERAL,
            nin=_SEVERAL,
            like=_TEXT,
            ilike=_TEXT,
        ),
    )
)


@frozen
class Searchable:
    """What the records of a collection can be searched by.

    Attributes:
        fields: The names of the fields, custom fields apart.
        read: Returns the value of a field of a record.
    """

    fields: tuple[str, ...]
    read: Callable[[Account, Record, str], Any]

    def where(self) -> Object:
        """Return what a condition may hold; conditions inside `and` and `or` are let through."""
        clauses: dict[str, Schema] = dict.fromkeys(self.fields, _COMPARISON)
        clauses["and"] = clauses["or"] = Items(of=Object(open=True))
        return Object(fields=clauses, patterns={_CUSTOM: _COMPARISON})

    def body(self) -> Object:
        """Return what the body of a search may hold."""
        order = Either(of=(Text(), Items(of=Text())), keyword="oneOf")
        limit = Integer(minimum=0, maximum=_MOST_ROWS)
        where, page = self.where(), Integer(minimum=1)
        return body(filter=body(where=where, order=order, page=page, limit=limit))

    def value(self, account: Account, record: Record, name: str) -> Any:
        """Return the value of a field, `custom_fields.<uuid>` included."""
        if name.startswith("custom_fields."):
            held: Record = record["custom_fields"] or {}
            return held.get(name.removeprefix("custom_fields."))
        return self.read(account, record, name)


def search_operation(
    collection: str, by: Searchable, present: Callable[[Showing], Record]
) -> Operation:
    """Declare the search of a collection."""

    def run(call: Call) -> Reply:
        asked: Mapping[str, Any] = call.body.get("filter", {})
        table = call.account.store[collection]
        fits = _condition(asked.get("where", {}), by, call.account, ("filter", "where"))
        rows = list(table.rows(table.view(fits)))
        for name, downwards in reversed(_order(asked.get("order", []), by)):
            rows.sort(key=_sort_key(name, by, call.account), reverse=downwards)
        page = Page(len(rows), asked.get("limit", _DEFAULT_LIMIT), asked.get("page", 1))
        shown = [
            present(Showing(call.account, row, "search")) for row in rows[page.offset : page.stop]
        ]
        return Reply(200, {"data": shown}, (page.header,))

    return Operation(method="POST", path=f"/{collection}/search", run=run, body=by.body())


def _condition(where: Mapping[str, Any], by: Searchable, account: Account, path: Path) -> Accepts:
    """Return whether a record meets all clauses of a condition."""
    problems = list(by.where().check(where, path))
    if problems:
        raise invalid(problems)
    tests = [_clause(name, wanted, by, account, path) for name, wanted in where.items()]
    return lambda record: all(test(record) for test in tests)


def _clause(name: str, wanted: Any, by: Searchable, account: Account, path: Path) -> Accepts:
    if name in ("and", "or"):
        inner = [
            _condition(each, by, account, (*path, name, index)) for index, each in enumerate(wanted)
        ]
        if name == "and":
            return lambda record: all(test(record) for test in inner)
        return lambda record: not inner or any(test(record) for test in inner)
    if not isinstance(wanted, dict):
        return lambda record: _equal(by.value(account, record, name), wanted)
    tests = [_COMPARES[word](other) for word, other in cast(Mapping[str, Any], wanted).items()]

    def compare(record: Record) -> bool:
        value = by.value(account, record, name)
        return all(test(value) for test in tests)

    return compare


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


def _order(written: str | list[str], by: Searchable) -> list[tuple[str, bool]]:
    """Read `created_at DESC` and the like: the fields, and whether each goes downwards."""
    return list(_read_order([written] if isinstance(written, str) else written, by))


def _read_order(written: list[str], by: Searchable) -> Iterator[tuple[str, bool]]:
    for each in written:
        name, _, way = each.strip().partition(" ")
        known = name in by.fields or re.search(_CUSTOM, name)
        if not known or way.strip().upper() not in ("", "ASC", "DESC"):
            message = "must be fields, each followed by ASC or DESC"
            raise invalid([Problem(("filter", "order"), "order", message, {"order": each})])
        yield name, way.strip().upper() == "DESC"


def _sort_key(name: str, by: Searchable, account: Account) -> Callable[[Record], Any]:
    """Return what rows are sorted by; null comes first, and kinds are kept apart."""

    def key(record: Record) -> tuple[str, Any]:
        plain = _plain(by.value(account, record, name))
        return ("", 0) if plain is None else (type(plain).__name__, plain)

    return key
