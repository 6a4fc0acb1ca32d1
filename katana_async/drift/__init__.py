"""The differences between this SDK and an OpenAPI document of Katana's.

`openapi.py` reads a document into facts, `description.py` and `declarations.py` convert facts and
SDK into the same plain description, and `compare.py` lists the differences. There is no I/O.
"""

from .compare import Drift, compare
from .declarations import describe_sdk
from .description import describe_document
from .openapi import Facts, NotOpenAPI, read_facts

__all__ = ["Drift", "Facts", "NotOpenAPI", "find_drift", "read_facts"]


def find_drift(facts: Facts) -> list[Drift]:
    """Compare the SDK with the facts of a document; sort the differences by path and method."""
    return list(compare(describe_document(facts), describe_sdk()))
