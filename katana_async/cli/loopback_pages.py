"""The pages that the browser shows at the end of a login. Nothing of a request is ever in them."""

import base64
import hashlib
from typing import Final

from attrs import frozen

_STYLE = """
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
body { margin: 0; background: Canvas; color: CanvasText }
main { box-sizing: border-box; max-width: 30rem; margin: 0 auto; padding: 2rem 1.25rem }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@frozen
class Page:
    """One page.

    Attributes:
        status: The HTTP status.
        content: The page itself.
    """

    status: int
    content: bytes


def _page(status: int, title: str, text: str) -> Page:
    # The empty icon keeps browsers from asking for one at a port that is closed by then.
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
</body>
</html>
"""
    return Page(status, page.encode())


_BACK = "You can close this window and go back to the terminal"

CONNECTED: Final = _page(200, "Connected to Katana", f"{_BACK}.")
FAILED: Final = _page(400, "This was not connected", f"{_BACK}, which says why.")
STOPPED: Final = _page(
    503,
    "The login was stopped",
    f"{_BACK}: the command 'connections' says whether it is connected.",
)
NOT_OURS: Final = _page(
    400,
    "This was not connected",
    "It does not belong to the login that is going on: it was begun elsewhere, or is an old page.",
)
NOT_FOUND: Final = _page(404, "There is nothing here", "This is where a login comes back to.")
NOT_ALLOWED: Final = _page(405, "There is nothing here", "This is where a login comes back to.")
OTHER_HOST: Final = _page(421, "There is nothing here", "This is where a login comes back to.")
