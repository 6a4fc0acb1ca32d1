"""Web routes on which customers connect their accounts. Names load when first used.

They answer below the place where they are mounted: `start`, which sends the browser to Katana, and
the one that Katana sends it back to. `flow` does the work without knowing a framework.
"""

from typing import TYPE_CHECKING

from ..._lazy import attach

if TYPE_CHECKING:
    from .aiohttp_routes import connect_app
    from .asgi import connect_asgi
    from .destination import is_local
    from .pages import DefaultPages, Pages
    from .problems import Kind, Problem

_NAMES = {
    "aiohttp_routes": "connect_app",
    "asgi": "connect_asgi",
    "destination": "is_local",
    "pages": "DefaultPages Pages",
    "problems": "Kind Problem",
}

__all__ = [
    "DefaultPages",
    "Kind",
    "Pages",
    "Problem",
    "connect_app",
    "connect_asgi",
    "is_local",
]

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
