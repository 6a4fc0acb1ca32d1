"""The forms that a value can take on the wire; `params` marks its types with them."""

from enum import Enum, auto


class Wire(Enum):
    """The form that a value takes in JSON or in a query."""

    NUMBER = auto()
    """A JSON number with every digit kept."""

    NUMERIC_STRING = auto()
    """A number inside a JSON string, where Katana's schema wants one."""

    INSTANT = auto()
    """An ISO 8601 time with its offset."""

    DAY = auto()
    """An ISO 8601 day."""

    def __repr__(self) -> str:
        return f"Wire.{self.name}"
