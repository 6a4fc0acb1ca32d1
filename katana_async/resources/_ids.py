"""Checks of ids, which are whole numbers or UUIDs, and their form in a path."""

from numbers import Integral
from uuid import UUID

Id = int | str | UUID


def number_segment(value: object, collection: str) -> str:
    """Return a whole number of at least 1 as one segment of a path."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{_describe_wrong_id(value, collection)} (they are whole numbers)")
    number = int(value)
    if number < 1:
        raise ValueError(f"{_describe_wrong_id(value, collection)} (they begin at 1)")
    return str(number)  # a subclass of int may have a __str__ of its own


def uuid_segment(value: object, collection: str) -> str:
    """Return a UUID, or a text that is one, in canonical form as one segment of a path."""
    if not isinstance(value, str | UUID):
        raise TypeError(f"{_describe_wrong_id(value, collection)} (they are UUIDs)")
    try:
        return str(UUID(str(value)))
    except ValueError:
        pass
    raise ValueError(f"{_describe_wrong_id(value, collection)} (they are UUIDs)")


def _describe_wrong_id(value: object, collection: str) -> str:
    """Return the message for a wrong id. Only values of built-in types are shown."""
    if type(value) in (bool, int, str, UUID, type(None)):
        return f"not an id of {collection}: {value!r}"
    return f"not an id of {collection}: a value of type {type(value).__name__}"
