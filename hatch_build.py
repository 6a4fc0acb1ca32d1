"""Build hook: the long description is README.md without links into the repository.

An index page has no files beside it, so a relative link there leads nowhere, and the project has no
public address that could complete one. The text of such a link stays.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_RELATIVE_LINK = re.compile(r"\[([^]]+)\]\((?!https?://|mailto:|#)[^)]+\)")


class ReadmeHook(MetadataHookInterface):
    """Set the field `readme` of the project's metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        text = _RELATIVE_LINK.sub(r"\1", readme)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
