"""Where this SDK and an OpenAPI document of Katana's disagree: how a maintainer learns of changes.

Both sides are read into the same plain description (`description.py`), by `document.py` and by
`declared.py`; `compare.py` says what differs. No I/O.
"""

from .compare import Drift, compare
from .declared import declared
from .document import read_document
from .openapi import NotOpenAPI

__all__ = ["Drift", "NotOpenAPI", "find_drift"]


def find_drift(document: object) -> list[Drift]:
    """Compare the SDK with an OpenAPI document.

    Args:
        document: The parsed JSON.

    Returns:
        What differs, by operation; nothing when the two agree.

    Raises:
        NotOpenAPI: It is no OpenAPI document.
    """
    return list(compare(read_document(document), declared()))
