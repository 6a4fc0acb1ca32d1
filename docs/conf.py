"""How Sphinx builds these pages. They read as plain Markdown too."""

from importlib.metadata import version as version_of

project = "katana_async"
author = "The katana_async authors"
copyright = "2026, The katana_async authors"  # noqa: A001 - Sphinx's name for it
release = version = version_of("katana-async")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
# Fields are listed below each class; a signature of thirty arguments says nothing.
autodoc_class_signature = "separated"
autodoc_default_options = {"exclude-members": "__init__, __new__"}
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"katana_async {release}"
