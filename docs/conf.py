"""How Sphinx builds these pages. They read as plain Markdown too."""

from importlib.metadata import version as version_of

project = "katana_async"
author = "The katana_async authors"
copyright = "2026, The katana_async authors"  # noqa: A001 - Sphinx's name for it
release = version = version_of("katana-async")

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"katana_async {release}"
