"""The differences between this SDK and an OpenAPI document of Katana's.

`openapi.py` reads a document into facts, `description.py` and `declarations.py` convert facts and
SDK into the same plain description, and `compare.py` lists the differences. There is no I/O.
"""

from .compare import Drift, compare
from .declarations import describe_sdk
from .description import describe_document
from .openapi import Facts, NotOpenAPI, read_facts

__all__ = ["Drift", "Facts", "NotOpenAPI", "compare_facts", "find_drift", "read_facts"]


def find_drift(document: object) -> list[Drift]:
    """Compare the SDK with an OpenAPI document.

    Args:
        document: The parsed JSON of a document of version 3.0 or 3.1.

    Returns:
        The differences, sorted by path and method.

    Raises:
        NotOpenAPI: The document is no OpenAPI document.
    """
    return compare_facts(read_facts(document))


def compare_facts(facts: Facts) -> list[Drift]:
    """Compare the SDK with the facts of a document."""
    return list(compare(describe_document(facts), describe_sdk()))
