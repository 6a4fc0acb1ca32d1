"""Where this SDK and an OpenAPI document of Katana's disagree: how a maintainer learns of changes.

`openapi.py` reads a document into facts, `document.py` and `declared.py` bring facts and SDK into
the same plain description (`description.py`), `compare.py` lists the differences. No I/O, except
that `facts_file.py` writes the facts to the sandbox's data file.
"""

from .compare import Drift, compare
from .declared import declared
from .document import describe
from .openapi import Facts, NotOpenAPI, read_facts

__all__ = ["Drift", "Facts", "NotOpenAPI", "compare_facts", "find_drift", "read_facts"]


def find_drift(document: object) -> list[Drift]:
    """Compare the SDK with an OpenAPI document.

    Args:
        document: The parsed JSON of a document of version 3.0 or 3.1.

    Returns:
        The differences, by operation; none if the two agree.

    Raises:
        NotOpenAPI: It is no OpenAPI document.
    """
    return compare_facts(read_facts(document))


def compare_facts(facts: Facts) -> list[Drift]:
    """Compare the SDK with the facts of a document."""
    return list(compare(describe(facts), declared()))
