"""The blocks of code on the pages, for the tests that run them."""

import re
import textwrap
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    str(page.relative_to(ROOT))
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "_build" not in page.parts
]
"""README.md and every page below docs/."""

_BLOCK = re.compile(r"^( *)```([^\n`]*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


@frozen
class Block:
    """A block of code on a page.

    Attributes:
        line: The line on which it begins.
    """

    page: str
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def read_page(page: str) -> str:
    """Return the text of a page, named by its path in the project."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    """Return every block of a page, also those within lists."""
    text = read_page(page)
    return [
        Block(
            page=page,
            line=text.count("\n", 0, found.start()) + 1,
            language=found[2],
            code=textwrap.dedent(found[3]) if found[1] else found[3],
        )
        for found in _BLOCK.finditer(text)
    ]


def python_blocks(page: str) -> list[str]:
    """Return the code of every block of Python on a page."""
    return [block.code for block in blocks(page) if block.language == "python"]
