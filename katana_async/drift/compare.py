"""The comparison of two descriptions: each difference once, with its place."""

from collections.abc import Iterator, Mapping

from attrs import frozen

from .description import Description, ValueType
from .openapi import Declaration

MISSING = "missing"
"""Only Katana's document has it."""
VANISHED = "vanished"
"""Only the SDK has it."""
CHANGED = "changed"
"""Both have it, with different declarations."""

_EQUIVALENT = [
    ({"number"}, {"integer"}),  # the document's ids are numbers
    ({"number", "string"}, {"number"}),  # some fields also take digits; the SDK sends numbers
]
"""Types in the document and in the SDK that are no difference."""


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
    place: str = ""

    def within(self, suffix: str) -> "_Place":
        return _Place(self.operation, self.place + suffix)

    def drift(self, change: str, what: str, document: object = "", sdk: object = "") -> Drift:
        return Drift(self.operation, self.place, change, what, str(document), str(sdk))

    def flag(self, what: str, document: bool, if_true: str, if_false: str) -> Drift:
        """Return the difference of a flag, which has the other value in the SDK."""
        both = (if_true, if_false) if document else (if_false, if_true)
        return self.drift(CHANGED, what, *both)


def compare(document: Description, sdk: Description) -> Iterator[Drift]:
    """Yield the differences."""
    for method, path in sorted({*document, *sdk}, key=lambda address: (address[1], address[0])):
        place = _Place(f"{method} {path}")
        theirs, ours = document.get((method, path)), sdk.get((method, path))
        if ours is None:
            yield place.drift(MISSING, "operation")
        elif theirs is None:
            yield place.drift(VANISHED, "operation")
        else:
            yield from _compare_operations(theirs, ours, place)


def _compare_operations(
    theirs: Declaration[ValueType], ours: Declaration[ValueType], place: _Place
) -> Iterator[Drift]:
    if theirs.id is not None and ours.id is not None:
        yield from _compare_types(theirs.id, ours.id, place.within("id"))
    yield from _compare_members(theirs.query, ours.query, place.within("query"), "parameter")
    inner = place.within("body")
    if theirs.body is not None and ours.body is not None:
        yield from _compare_types(theirs.body, ours.body, inner)
    elif theirs.body is not None or ours.body is not None:
        yield inner.drift(VANISHED if theirs.body is None else MISSING, "body")


def _compare_members(
    theirs: Mapping[str, ValueType], ours: Mapping[str, ValueType], place: _Place, what: str
) -> Iterator[Drift]:
    for name in sorted({*theirs, *ours}):
        inner = place.within(f".{name}")
        if name not in ours:
            yield inner.drift(MISSING, what, document=theirs[name])
        elif name not in theirs:
            yield inner.drift(VANISHED, what, sdk=ours[name])
        else:
            yield from _compare_types(theirs[name], ours[name], inner)


def _compare_types(theirs: ValueType, ours: ValueType, place: _Place) -> Iterator[Drift]:
    if theirs.required != ours.required:
        yield place.flag("presence", theirs.required, "required", "optional")
    if theirs.types != ours.types and (theirs.types, ours.types) not in _EQUIVALENT:
        yield place.drift(CHANGED, "type", theirs, ours)
        return
    if theirs.nullable != ours.nullable:
        yield place.flag("null", theirs.nullable, "allowed", "not allowed")
    if (theirs.values is None) != (ours.values is None):
        yield place.flag("values", theirs.values is None, "any", "an enumeration")
    if (theirs.fields is None) != (ours.fields is None):
        yield place.flag("fields", theirs.fields is None, "any", "named")
    if theirs.values is not None and ours.values is not None:
        for value in sorted(theirs.values - ours.values):
            yield place.drift(MISSING, "value", document=value)
        for value in sorted(ours.values - theirs.values):
            yield place.drift(VANISHED, "value", sdk=value)
    if theirs.items is not None and ours.items is not None:
        yield from _compare_types(theirs.items, ours.items, place.within("[]"))
    if theirs.fields is not None and ours.fields is not None:
        yield from _compare_members(theirs.fields, ours.fields, place, "field")
