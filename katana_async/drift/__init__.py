"""The differences between this SDK and an OpenAPI document of Katana's.

`openapi.py` reads a document into facts, `declarations.py` the SDK. `description.py` converts both
into the same plain description, and `compare.py` lists the differences. There is no I/O.
"""

from functools import cache

from .compare import Drift, compare
from .declarations import sdk_facts
from .description import Description, describe
from .known_differences import apply_known_differences
from .openapi import Facts, NotOpenAPI, read_facts

__all__ = ["Drift", "Facts", "NotOpenAPI", "find_drift", "read_facts"]


def find_drift(facts: Facts) -> list[Drift]:
    """Compare the SDK with the facts of a document; sort the differences by path and method."""
    return list(compare(describe(facts), _describe_sdk()))


@cache
def _describe_sdk() -> Description:
    """Return the description of the SDK as the document has it, apart from true differences."""
    return {
        address: apply_known_differences(" ".join(address), operation)
        for address, operation in describe(sdk_facts()).items()
    }
