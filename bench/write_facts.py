"""Write the facts of an OpenAPI document to the sandbox's data file, `sandbox/gateway.json`.

`make facts DOCUMENT=openapi.json` runs this module. The file has one line per operation and per
shared schema, so that the diff of two documents is readable. The module also updates the pages that
name the document.
"""

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from katana_async.drift import NotOpenAPI, read_facts
from katana_async.sandbox.gateway import SourceDocument

ROOT = Path(__file__).parents[1]
DATA_FILE = ROOT / "katana_async" / "sandbox" / "gateway.json"
PAGES = ("README.md", "docs/check-api.md")
"""The pages that name the document, below the project's root."""

_NAMED = re.compile(r"(?<=<!-- checked -->).*?(?=<!-- /checked -->)", re.DOTALL)

# A schema of at least this length (in characters) and this count is shared.
_SHARED_LENGTH = 60
_SHARED_COUNT = 3
_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?")


def write_facts(document: object, date: str) -> str:
    """Return the content of the data file for a document.

    Args:
        document: The parsed JSON of an OpenAPI document.
        date: The document's date, `2026-10` or `2026-10-07`, which it does not contain.

    Raises:
        NotOpenAPI: The document cannot be read.
    """
    facts = read_facts(document)
    info: object = cast("Mapping[str, Any]", document).get("info")
    has_version = isinstance(info, Mapping) and "version" in info
    version = str(cast("Mapping[str, Any]", info)["version"]) if has_version else ""
    head = {"version": version, "date": date, "operations": len(facts)}
    operations: dict[str, Any] = {}
    for method, path in sorted(facts, key=lambda address: (address[1], address[0])):
        operation = facts[method, path]
        parts = {"query": operation.query or None, "id": operation.id, "body": operation.body}
        operations[f"{method} {path}"] = {
            name: part for name, part in parts.items() if part is not None
        }
    shared = _Shared(operations)
    lines = [f"{_json(name)}: {_json(shared.refer(each))}" for name, each in operations.items()]
    schemas = [f"{_json(name)}: {_json(each)}" for name, each in sorted(shared.schemas.items())]
    return (
        f'{{"document": {_json(head)},\n"schemas": {{\n'
        + ",\n".join(schemas)
        + '\n},\n"operations": {\n'
        + ",\n".join(lines)
        + "\n}}\n"
    )


def update_page(page: str, sentence: str) -> str:
    """Return a page with another sentence about the document."""
    return _NAMED.sub(lambda _: f"\n{sentence}\n", page)


class _Shared:
    """The shared schemas by name, a hash of their content."""

    def __init__(self, operations: Mapping[str, Any]) -> None:
        self.schemas: dict[str, Any] = {}
        self._counts = Counter[str]()
        self._count(operations)

    def _count(self, value: Any) -> None:
        if isinstance(value, list):
            for each in cast("Sequence[Any]", value):
                self._count(each)
        elif isinstance(value, Mapping):
            members = cast("Mapping[str, Any]", value)
            if not members.keys().isdisjoint(("type", "anyOf", "allOf")):
                self._counts[_json(members)] += 1
            self._count(list(members.values()))

    def refer(self, value: Any) -> Any:
        """Return a value with references to shared schemas."""
        if isinstance(value, list):
            return [self.refer(each) for each in cast("Sequence[Any]", value)]
        if not isinstance(value, Mapping):
            return value
        members = cast("Mapping[str, Any]", value)
        inner = {name: self.refer(each) for name, each in members.items()}
        text = _json(members)
        if len(text) < _SHARED_LENGTH or self._counts[text] < _SHARED_COUNT:
            return inner
        name = hashlib.sha256(text.encode()).hexdigest()[:8]
        self.schemas[name] = inner
        return {"$ref": f"#/schemas/{name}"}


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the data file and return the exit status."""
    parser = argparse.ArgumentParser(prog="make facts", description=__doc__)
    parser.add_argument("document", type=Path, help="an OpenAPI document of Katana's, as JSON")
    parser.add_argument("--date", default=f"{datetime.now(UTC):%Y-%m-%d}", help="its date")
    parser.add_argument("--to", type=Path, default=DATA_FILE, help="the file to write")
    given = parser.parse_args(arguments)
    if not _DATE.fullmatch(given.date):
        parser.error(f"--date takes 2026-10 or 2026-10-07, not {given.date!r}")
    try:
        content = write_facts(json.loads(given.document.read_bytes()), given.date)
    except (OSError, ValueError, RecursionError, NotOpenAPI) as error:
        sys.stderr.write(f"{given.document}: {error}\n")
        return 1
    given.to.write_text(content, encoding="utf-8")
    head = SourceDocument(**json.loads(content)["document"])
    for path in [ROOT / name for name in PAGES] if given.to == DATA_FILE else []:
        if path.exists():
            text = path.read_text(encoding="utf-8")
            path.write_text(update_page(text, f"Checked against {head}."), encoding="utf-8")
    sys.stdout.write(f"{given.to}: {len(json.loads(content)['operations'])} operations\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
