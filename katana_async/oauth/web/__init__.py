"""Web routes on which customers connect their accounts.

Below their mount point are `start`, which sends the browser to Katana, and the callback to which
Katana sends it back. `flow` does the work without a framework.
"""

from .browser import is_local as is_local
from .flow import ConnectOptions as ConnectOptions
from .pages import (
    ConnectPages as ConnectPages,
    ConnectProblem as ConnectProblem,
    DefaultPages as DefaultPages,
)
from .routes import connect_app as connect_app, connect_asgi as connect_asgi
