"""Whole accounts in files and databases.

`export` writes one list to a file.
"""

from .exports import Exported, export

__all__ = ["Exported", "export"]
