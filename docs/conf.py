"""How Sphinx builds these pages. They read as plain Markdown too."""

import re
from importlib.metadata import version as version_of
from typing import Any

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
maximum_signature_line_length = 88
# Fields are listed below each class; a signature of thirty arguments says nothing.
autodoc_class_signature = "separated"
autodoc_default_options = {"exclude-members": "__init__, __new__, model"}
napoleon_numpy_docstring = False
# Fields called `type` or `id` make Sphinx unsure which of them a builtin's name means.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = f"katana_async {release}"


def literal(
    _app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Turn the backquotes of docstrings, which are Markdown's, into those of reStructuredText."""
    lines[:] = [re.sub(r"(?<!`)`([^`]+)`(?!`)(?=(\w?))", _written, line) for line in lines]


def _written(found: re.Match[str]) -> str:
    # What follows a literal at once, as in `Decimal`s, has to be set apart.
    return f"``{found[1]}``" + ("\\ " if found[2] else "")


def setup(app: Any) -> None:
    """Hook into the reading of docstrings."""
    app.connect("autodoc-process-docstring", literal)
