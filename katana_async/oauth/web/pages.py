"""The pages that people see: their interface, and the default ones."""

import base64
import hashlib
from html import escape
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


_STYLE = """
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif;
  --ground: #f3f5f4; --card: #fff; --ink: #17211d; --soft: #54625c; --line: #dde4e0;
  --good: #14684f; --bad: #a13a1e }
@media (prefers-color-scheme: dark) {
  :root { --ground: #121715; --card: #1b2220; --ink: #e9efec; --soft: #a9b8b1; --line: #303b36;
    --good: #58c9a2; --bad: #f0916f }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--ground); color: var(--ink) }
main { width: 100%; max-width: 28rem; padding: 2rem 1.5rem; text-align: center;
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem }
.sign { display: grid; place-items: center; width: 3.5rem; height: 3.5rem; margin: 0 auto 1.25rem;
  border-radius: 50%; border: 2px solid; font-size: 1.75rem; font-weight: 700; line-height: 1 }
.good { color: var(--good) }
.bad { color: var(--bad) }
h1 { margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.25; text-wrap: balance }
p { margin: 0 0 .75rem; overflow-wrap: anywhere; text-wrap: pretty }
.soft { color: var(--soft) }
nav { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem }
a { flex: 1 1 10rem; padding: .6875rem 1rem; border: 1px solid var(--line); border-radius: .5rem;
  color: inherit; font-weight: 600; text-decoration: none }
a:hover { border-color: currentColor }
a.first { background: #14684f; border-color: #14684f; color: #fff }
a.first:hover { background: #0f5541 }
:focus-visible { outline: 3px solid #d59b00; outline-offset: 2px }
"""

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
        """A policy that forbids scripts, forms, frames and all resources but the style."""
        return (
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
            " form-action 'none'; frame-ancestors 'none'"
        )

    def success(self, connection: Completed) -> str:
        """Return the page for a connected account."""
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
        """Return the page for a problem."""
        home = f'<a href="{escape(self.home)}">Back to the app</a>'
        label = "Connect Katana" if problem.kind == "cross_site" else "Try again"
        retry = (
            ""
            if problem.retry is None
            else f'<a class="first" href="{escape(problem.retry)}">{label}</a>'
        )
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
