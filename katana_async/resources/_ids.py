"""Ids as they stand in paths: whole numbers, or UUIDs, by what the collection has."""

from numbers import Integral
from uuid import UUID

Id = int | str | UUID


def number_segment(value: object, whose: str) -> str:
    """Return an id that is a whole number as one part of a path.

    Raises:
        TypeError: It is no whole number.
        ValueError: It is less than 1.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{_not_one(value, whose)} (they are whole numbers)")
    number = int(value)
    if number < 1:
        raise ValueError(f"{_not_one(value, whose)} (they begin at 1)")
    return str(number)  # the number itself, whatever text a subclass makes of it


def uuid_segment(value: object, whose: str) -> str:
    """Return an id that is a UUID as one part of a path, written in the usual way.

    Raises:
        TypeError: It is neither a UUID nor a text.
        ValueError: The text is no UUID.
    """
    if not isinstance(value, str | UUID):
        raise TypeError(f"{_not_one(value, whose)} (they are UUIDs)")
    try:
        return str(UUID(str(value)))
    except ValueError:
        pass
    raise ValueError(f"{_not_one(value, whose)} (they are UUIDs)")


def _not_one(value: object, whose: str) -> str:
    """Say that a value is no id, and show it where it can be shown safely."""
    if type(value) in (bool, int, str, UUID, type(None)):
        return f"not an id of {whose}: {value!r}"
    return f"not an id of {whose}: a value of type {type(value).__name__}"
