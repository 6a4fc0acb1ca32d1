"""The pages that people see: the texts about problems, the interface, and the default pages."""

import base64
import hashlib
import tomllib
from html import escape
from importlib.resources import files
from string import Template
from typing import Protocol

from attrs import frozen

from ...errors import KatanaError
from ..connect.connections import Completed

_FILES = files("katana_async.oauth.web")


@frozen(kw_only=True)
class ConnectProblem:
    """The texts of an error page. They are not escaped.

    Attributes:
        kind: The kind of problem, to choose texts in another language: `denied`, `expired`, ...
        status: The page's HTTP status.
        sentence: The event: why the account was not connected.
        advice: The next step for the person.
        retry: The address of a link to try again, relative to the page; None if that cannot help.
    """

    kind: str
    status: int
    title: str
    sentence: str
    advice: str
    retry: str | None = "start"


PROBLEMS: dict[str, ConnectProblem] = {}
_BY_ERROR: dict[str, ConnectProblem] = {}  # by the name of the error's class


def _read_problems() -> None:
    text = (_FILES / "problems.toml").read_text(encoding="utf-8")
    for kind, entry in tomllib.loads(text).items():
        errors = entry.pop("errors", ())
        retry = "start" if entry.pop("can_retry", True) else None
        PROBLEMS[kind] = ConnectProblem(kind=kind, retry=retry, **entry)
        _BY_ERROR.update(dict.fromkeys(errors, PROBLEMS[kind]))


_read_problems()


# No page shows an error's message: it is for the log, and parts of it come from other servers.
def find_problem(error: KatanaError) -> ConnectProblem:
    """Return the problem for an error: that of its class, or of the nearest base class."""
    names = [cls.__name__ for cls in type(error).__mro__]
    return next(_BY_ERROR[name] for name in names if name in _BY_ERROR)


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


_PAGE = Template((_FILES / "page.html").read_text(encoding="utf-8"))
_STYLE = (_FILES / "page.css").read_text(encoding="utf-8")
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
        return _PAGE.substitute(
            style=_STYLE,
            kind="good",
            sign="✓",
            title="Katana is connected",
            sentence=f"{account} is connected now.",
            advice="It stays connected until you disconnect it. You can close this page.",
            links=f'<a class="first" href="{escape(self.home)}">Continue</a>',
        )

    def error(self, problem: ConnectProblem) -> str:
        links = f'<a href="{escape(self.home)}">Back to the app</a>'
        if problem.retry is not None:
            label = "Connect Katana" if problem.kind == "cross_site" else "Try again"
            links = f'<a class="first" href="{escape(problem.retry)}">{label}</a>{links}'
        return _PAGE.substitute(
            style=_STYLE,
            kind="bad",
            sign="!",
            title=escape(problem.title),
            sentence=escape(problem.sentence),
            advice=escape(problem.advice),
            links=links,
        )
