"""Whole accounts in files and databases.

`export` writes one list to a file; `katana_source` is a dlt source (extra `etl`).
"""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from .exports import Exported as Exported, export as export
    from .source import Progress as Progress, katana_source as katana_source
    from .sync import load_pending as load_pending

_NAMES = {
    "exports": "Exported export",
    "source": "Progress katana_source",
    "sync": "load_pending",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = attach(__name__, _NAMES)
