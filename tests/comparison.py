"""The comparison of a parsed answer with the JSON that was sent."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs


def assert_same(read: Any, sent: Any, where: str) -> None:
    """Assert that a parsed answer has each value of the sent JSON, with each digit of numbers."""
    if isinstance(sent, dict) and attrs.has(type(read)):
        for name, value in sent.items():
            assert hasattr(read, name), f"{where}.{name} is lost"
            assert_same(getattr(read, name), value, f"{where}.{name}")
    elif isinstance(sent, dict):
        assert read.keys() == sent.keys(), where
        for name, value in sent.items():
            assert_same(read[name], value, f"{where}.{name}")
    elif isinstance(sent, list):
        assert isinstance(read, tuple | list), where
        assert len(read) == len(sent), where
        for index, (one, other) in enumerate(zip(read, sent, strict=True)):
            assert_same(one, other, f"{where}[{index}]")
    elif isinstance(read, Decimal):
        assert read.as_tuple() == Decimal(sent).as_tuple(), where
    elif isinstance(read, datetime):
        assert read.utcoffset() is not None, where
        assert read == datetime.fromisoformat(sent), where
    elif isinstance(read, UUID) or (isinstance(read, int) and isinstance(sent, str)):
        assert str(read) == sent, where
    else:
        assert read == sent, where
        assert isinstance(read, type(sent)), where
