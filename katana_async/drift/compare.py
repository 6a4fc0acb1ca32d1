"""The comparison of two descriptions: each difference once, with its place."""

from collections.abc import Iterator, Mapping

from attrs import frozen

from .description import Address, ApiDescription, OperationDescription, ValueType

MISSING = "missing"
"""Only Katana's document has it."""
VANISHED = "vanished"
"""Only the SDK has it."""
CHANGED = "changed"
"""Both have it, with different declarations."""


@frozen(order=True)
class Drift:
    """One difference.

    Attributes:
        operation: Method and path.
        place: The place in the operation, such as `query.status` or `body.rows[].quantity`; empty
            for the whole operation.
        change: `missing`, `vanished` or `changed`.
        what: The part that differs: an operation, parameter, body, field, type, value, ...
        document: The document's declaration; empty without one.
        sdk: The SDK's declaration; empty without one.
    """

    operation: str
    place: str
    change: str
    what: str
    document: str = ""
    sdk: str = ""


@frozen
class _Place:
    """A place in an operation."""

    operation: str
    place: str

    def within(self, suffix: str) -> "_Place":
        return _Place(self.operation, self.place + suffix)

    def field(self, name: str) -> "_Place":
        return self.within(f".{name}")

    def drift(self, change: str, what: str, document: str = "", sdk: str = "") -> Drift:
        return Drift(self.operation, self.place, change, what, document, sdk)


def compare(document: ApiDescription, sdk: ApiDescription) -> Iterator[Drift]:
    """Yield the differences."""
    for address in sorted({*document, *sdk}, key=_by_path):
        place = _Place(" ".join(address), "")
        theirs, ours = document.get(address), sdk.get(address)
        if ours is None:
            yield place.drift(MISSING, "operation")
        elif theirs is None:
            yield place.drift(VANISHED, "operation")
        else:
            yield from _compare_operations(theirs, ours, place)


def _by_path(address: Address) -> tuple[str, str]:
    return address[1], address[0]


def _compare_operations(
    theirs: OperationDescription, ours: OperationDescription, place: _Place
) -> Iterator[Drift]:
    if theirs.id is not None and ours.id is not None:
        yield from _compare_types(theirs.id, ours.id, place.within("id"))
    yield from _compare_members(theirs.query, ours.query, place.within("query"), "parameter")
    if theirs.body is not None and ours.body is not None:
        yield from _compare_types(theirs.body, ours.body, place.within("body"))
    elif theirs.body is not None:
        yield place.within("body").drift(MISSING, "body")
    elif ours.body is not None:
        yield place.within("body").drift(VANISHED, "body")


def _compare_members(
    theirs: Mapping[str, ValueType], ours: Mapping[str, ValueType], place: _Place, what: str
) -> Iterator[Drift]:
    for name in sorted({*theirs, *ours}):
        if name not in ours:
            yield place.field(name).drift(MISSING, what, str(theirs[name]))
        elif name not in theirs:
            yield place.field(name).drift(VANISHED, what, sdk=str(ours[name]))
        else:
            yield from _compare_types(theirs[name], ours[name], place.field(name))


def _compare_types(theirs: ValueType, ours: ValueType, place: _Place) -> Iterator[Drift]:
    if theirs.types != ours.types and theirs.types not in ours.equivalents:
        yield place.drift(CHANGED, "type", str(theirs), str(ours))
        return
    if theirs.nullable != ours.nullable:
        text = {True: "allowed", False: "not allowed"}
        yield place.drift(CHANGED, "null", text[theirs.nullable], text[ours.nullable])
    yield from _compare_values(theirs.values, ours.values, place)
    if theirs.items is not None and ours.items is not None:
        yield from _compare_types(theirs.items, ours.items, place.within("[]"))
    if theirs.fields is not None and ours.fields is not None:
        yield from _compare_members(theirs.fields, ours.fields, place, "field")
        for name in sorted(theirs.fields.keys() & ours.fields.keys()):
            if (name in theirs.required) != (name in ours.required):
                text = {True: "required", False: "optional"}
                yield place.field(name).drift(
                    CHANGED,
                    "presence",
                    text[name in theirs.required],
                    text[name in ours.required],
                )
    elif theirs.fields is not None or ours.fields is not None:
        text = {True: "any", False: "named"}
        yield place.drift(CHANGED, "fields", text[theirs.fields is None], text[ours.fields is None])


def _compare_values(
    theirs: frozenset[str] | None, ours: frozenset[str] | None, place: _Place
) -> Iterator[Drift]:
    if theirs is None or ours is None:
        if theirs != ours:
            text = "any", "an enumeration"
            yield place.drift(CHANGED, "values", text[theirs is not None], text[ours is not None])
        return
    for value in sorted(theirs - ours):
        yield place.drift(MISSING, "value", value)
    for value in sorted(ours - theirs):
        yield place.drift(VANISHED, "value", sdk=value)
