"""The pages that people see: their interface, and the default ones."""

import base64
import hashlib
from html import escape
from importlib.resources import files
from typing import Protocol

from attrs import frozen

from ..connect.connections import Completed
from .problems import ConnectProblem


class ConnectPages(Protocol):
    """Write the pages that people see. An implementation must escape all texts."""

    @property
    def policy(self) -> str:
        """The Content-Security-Policy, on one line. X-Frame-Options forbids frames in any case."""
        ...

    def success(self, connection: Completed) -> str:
        """Return the HTML for a connected account."""
        ...

    def error(self, problem: ConnectProblem) -> str:
        """Return the HTML for a problem."""
        ...


_STYLE = (files("katana_async.oauth.web") / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


@frozen(kw_only=True)
class DefaultPages:
    """Plain pages in English.

    Attributes:
        home: The address of the link back to the app.
    """

    home: str = "/"

    @property
    def policy(self) -> str:
        # No scripts, forms, frames or resources but the style.
        return (
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
            " form-action 'none'; frame-ancestors 'none'"
        )

    def success(self, connection: Completed) -> str:
        name = None if connection.account is None else connection.account.name
        account = f"<strong>{escape(name)}</strong>" if name else "Your Katana account"
        return _fill_page(
            "Katana is connected",
            f"""<div class="sign good" aria-hidden="true">✓</div>
<h1>Katana is connected</h1>
<p>{account} is connected now.</p>
<p class="soft">It stays connected until you disconnect it. You can close this page.</p>
<nav><a class="first" href="{escape(self.home)}">Continue</a></nav>""",
        )

    def error(self, problem: ConnectProblem) -> str:
        home = f'<a href="{escape(self.home)}">Back to the app</a>'
        label = "Connect Katana" if problem.kind == "cross_site" else "Try again"
        retry = ""
        if problem.retry is not None:
            retry = f'<a class="first" href="{escape(problem.retry)}">{label}</a>'
        return _fill_page(
            escape(problem.title),
            f"""<div class="sign bad" aria-hidden="true">!</div>
<h1>{escape(problem.title)}</h1>
<p>{escape(problem.sentence)}</p>
<p class="soft">{escape(problem.advice)}</p>
<nav>{retry}{home}</nav>""",
        )


def _fill_page(title: str, content: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{content}
</main>
</body>
</html>
"""
