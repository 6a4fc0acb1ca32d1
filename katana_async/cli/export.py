"""The command that writes a list to a file."""

import sys
from collections.abc import Sequence
from pathlib import Path

from ..etl.exports import FileFormat, export
from ..resources import load
from .arguments import find_method, keyword_types, parse_filters
from .client import Client
from .errors import UsageError, print_error, usage_errors
from .options import Output
from .progress import show_progress


async def export_list(
    client: Client, resource: str, filter_texts: Sequence[str], to: str, file_format: str | None
) -> None:
    """Write the records of a collection to a file or to stdout."""
    filters = parse_filters(filter_texts, keyword_types(find_method(resource, "list")), resource)
    to_stdout = to == "-"
    if to_stdout and file_format is None:
        raise UsageError("--to - needs --format, such as --format jsonl")
    with usage_errors():
        chosen = FileFormat.parse(file_format or Path(to).name)
    if to_stdout and chosen.is_binary and sys.stdout.isatty():
        raise UsageError(f"a terminal cannot show {file_format}: redirect the output")
    target = sys.stdout.buffer if to_stdout else to
    async with client as katana:
        with usage_errors():
            pages = getattr(katana, resource).list(**filters)
        # Records on stdout and a bar on stderr mix on a terminal, as those of `list` do.
        with show_progress(resource, Output.JSONL) as report:
            exported = await export(
                pages, load(resource).model, target, format=file_format, report=report
            )
    if exported.left_out:
        names = ", ".join(exported.left_out)
        print_error(f"left out, because the SDK has no field of this name: {names}")
    if not to_stdout:
        print_error(f"{exported.records:,} {resource} in {to}")
