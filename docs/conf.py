"""How Sphinx builds these pages. They read as plain Markdown too."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from collections_reference import code, insert_collections

project = "katana_async"
author = "The katana_async authors"
copyright = "2026, The katana_async authors"  # noqa: A001 - Sphinx's name for it
release = version = version_of("katana-async")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
# The extra `etl` is large, and the pages only need its names.
autodoc_mock_imports = ["dlt"]
maximum_signature_line_length = 88
# Fields are listed below each class; a signature of thirty arguments is unreadable.
autodoc_class_signature = "separated"
autodoc_default_options = {"exclude-members": "__init__, __new__, model"}
napoleon_numpy_docstring = False
# Fields called `type` or `id` make Sphinx unsure which of them a builtin's name means.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = f"katana_async {release}"


def replace_backquotes(
    _app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Turn the backquotes of docstrings, which are Markdown's, into those of reStructuredText."""
    lines[:] = [code(line) for line in lines]


def setup(app: Any) -> None:
    """Connect the handlers of docstrings and of pages."""
    app.connect("autodoc-process-docstring", replace_backquotes)
    app.connect("source-read", insert_collections)
