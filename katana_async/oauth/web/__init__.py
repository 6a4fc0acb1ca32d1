"""Web routes on which customers connect their accounts. Names load when first used.

Below their mount point are `start`, which sends the browser to Katana, and the callback to which
Katana sends it back. `flow` does the work without a framework.
"""

from typing import TYPE_CHECKING

from ..._lazy import attach

if TYPE_CHECKING:
    from .browser import is_local as is_local
    from .flow import ConnectOptions as ConnectOptions
    from .pages import (
        ConnectPages as ConnectPages,
        ConnectProblem as ConnectProblem,
        DefaultPages as DefaultPages,
    )
    from .routes import connect_app as connect_app, connect_asgi as connect_asgi

_NAMES = {
    "browser": "is_local",
    "flow": "ConnectOptions",
    "pages": "ConnectPages ConnectProblem DefaultPages",
    "routes": "connect_app connect_asgi",
}

if not TYPE_CHECKING:  # a type checker that saw it would accept any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
