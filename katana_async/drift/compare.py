"""What differs between the document and the SDK, each difference once and by its place."""

from collections.abc import Iterator, Mapping

from attrs import frozen

from .description import Address, Described, Description, Kind

MISSING = "missing"
"""Katana has it, the SDK does not."""
VANISHED = "vanished"
"""The SDK has it, Katana no longer does."""
CHANGED = "changed"
"""Both have it, and say different things of it."""


@frozen(order=True)
class Drift:
    """One difference.

    Attributes:
        operation: Method and path.
        place: Where in the operation: empty for all of it, `query.status`, `body.rows[].quantity`.
        change: `missing`, `vanished` or `changed`.
        what: What of it: an operation, parameter, body, field, type, value, ...
        document: What the document says; empty where it says nothing.
        sdk: What the SDK says; empty where it says nothing.
    """

    operation: str
    place: str
    change: str
    what: str
    document: str = ""
    sdk: str = ""


@frozen
class _Spot:
    """A place in an operation."""

    operation: str
    place: str

    def within(self, suffix: str) -> "_Spot":
        return _Spot(self.operation, self.place + suffix)

    def field(self, name: str) -> "_Spot":
        return self.within(f".{name}")

    def drift(self, change: str, what: str, document: str = "", sdk: str = "") -> Drift:
        return Drift(self.operation, self.place, change, what, document, sdk)


def compare(document: Description, sdk: Description) -> Iterator[Drift]:
    """Yield what differs."""
    for address in sorted({*document, *sdk}, key=_by_path):
        spot = _Spot(" ".join(address), "")
        theirs, ours = document.get(address), sdk.get(address)
        if ours is None:
            yield spot.drift(MISSING, "operation")
        elif theirs is None:
            yield spot.drift(VANISHED, "operation")
        else:
            yield from _operation(theirs, ours, spot)


def _by_path(address: Address) -> tuple[str, str]:
    return address[1], address[0]


def _operation(theirs: Described, ours: Described, spot: _Spot) -> Iterator[Drift]:
    if theirs.id is not None and ours.id is not None:
        yield from _kind(theirs.id, ours.id, spot.within("id"))
    yield from _names(theirs.query, ours.query, spot.within("query"), "parameter")
    if theirs.body is not None and ours.body is not None:
        yield from _kind(theirs.body, ours.body, spot.within("body"))
    elif theirs.body is not None:
        yield spot.within("body").drift(MISSING, "body")
    elif ours.body is not None:
        yield spot.within("body").drift(VANISHED, "body")


def _names(
    theirs: Mapping[str, Kind], ours: Mapping[str, Kind], spot: _Spot, what: str
) -> Iterator[Drift]:
    for name in sorted({*theirs, *ours}):
        if name not in ours:
            yield spot.field(name).drift(MISSING, what, str(theirs[name]))
        elif name not in theirs:
            yield spot.field(name).drift(VANISHED, what, sdk=str(ours[name]))
        else:
            yield from _kind(theirs[name], ours[name], spot.field(name))


def _kind(theirs: Kind, ours: Kind, spot: _Spot) -> Iterator[Drift]:
    if theirs.types != ours.types and theirs.types not in ours.also:
        yield spot.drift(CHANGED, "type", str(theirs), str(ours))
        return
    if theirs.nullable != ours.nullable:
        says = {True: "allowed", False: "not allowed"}
        yield spot.drift(CHANGED, "null", says[theirs.nullable], says[ours.nullable])
    yield from _values(theirs.values, ours.values, spot)
    if theirs.items is not None and ours.items is not None:
        yield from _kind(theirs.items, ours.items, spot.within("[]"))
    if theirs.fields is not None and ours.fields is not None:
        yield from _names(theirs.fields, ours.fields, spot, "field")
        for name in sorted(theirs.fields.keys() & ours.fields.keys()):
            if (name in theirs.required) != (name in ours.required):
                says = {True: "required", False: "optional"}
                yield spot.field(name).drift(
                    CHANGED, "presence", says[name in theirs.required], says[name in ours.required]
                )
    elif theirs.fields is not None or ours.fields is not None:
        says = {True: "any", False: "named"}
        yield spot.drift(CHANGED, "fields", says[theirs.fields is None], says[ours.fields is None])


def _values(
    theirs: frozenset[str] | None, ours: frozenset[str] | None, spot: _Spot
) -> Iterator[Drift]:
    if theirs is None or ours is None:
        if theirs != ours:
            says = "any", "an enumeration"
            yield spot.drift(CHANGED, "values", says[theirs is not None], says[ours is not None])
        return
    for value in sorted(theirs - ours):
        yield spot.drift(MISSING, "value", value)
    for value in sorted(ours - theirs):
        yield spot.drift(VANISHED, "value", sdk=value)
