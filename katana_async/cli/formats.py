"""The forms in which records are written."""

import sys
from enum import StrEnum


class Output(StrEnum):
    """How records are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def chosen(output: Output | None) -> Output:
    """Return the format asked for, or the one that suits where the output goes."""
    return output or (Output.TABLE if sys.stdout.isatty() else Output.JSONL)
