"""What an operation takes, as plain data: the form that both sides are compared in."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

Address = tuple[str, str]
"""A method and a path."""


@frozen(kw_only=True)
class Kind:
    """What a value may be.

    Attributes:
        types: Names of JSON types, with one of our own: `date` is a text that holds one. None at
            all is anything.
        nullable: Whether null is allowed.
        values: The texts that an enumeration allows; None when it is none.
        items: What the elements of an array may be.
        fields: The fields of an object; None when any may be there.
        required: The fields that must be there.
        also: Types that the other side may say instead, and mean the same.
    """

    types: frozenset[str]
    nullable: bool = False
    values: frozenset[str] | None = None
    items: "Kind | None" = None
    fields: "Mapping[str, Kind] | None" = None
    required: frozenset[str] = frozenset()
    also: frozenset[frozenset[str]] = frozenset()

    def __str__(self) -> str:
        return " or ".join(sorted(self.types)) or "anything"


@frozen(kw_only=True)
class Described:
    """One operation.

    Attributes:
        query: The query parameters; all dates are one, and so is paging.
        id: What the id in its path is; None when there is none.
        body: What its body may be; None when it takes none.
    """

    query: Mapping[str, Kind] = field(factory=dict[str, Kind])
    id: Kind | None = None
    body: Kind | None = None


Description = Mapping[Address, Described]

PAGING = "pagination"
DATES = "dateFilter"
CUSTOM_FIELD = r"^custom_fields\..+$"
"""How the document names the fields of a search that each account decides."""


def kind(*types: str, nullable: bool = False) -> Kind:
    """Return a kind of plain values."""
    return Kind(types=frozenset(types), nullable=nullable)


def either(branches: Sequence[Kind]) -> Kind:
    """Return what is allowed by any of several kinds, of which one at most has fields."""
    objects = [each for each in branches if each.fields is not None]
    return Kind(
        types=frozenset[str]().union(*(each.types for each in branches)),
        nullable=any(each.nullable for each in branches),
        values=next((each.values for each in branches if each.values is not None), None),
        items=next((each.items for each in branches if each.items is not None), None),
        fields=objects[0].fields if objects else None,
        required=objects[0].required if objects else frozenset[str](),
    )
