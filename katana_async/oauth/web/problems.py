"""The problems that a customer of the partner reads about if connecting fails.

No page shows an error's message: it is for the log, and parts of it come from other servers.
"""

import tomllib
from importlib.resources import files
from typing import Literal, cast

from attrs import frozen

from ...errors import KatanaError

ConnectProblemKind = Literal[
    "denied",
    "refused",
    "unknown",
    "expired",
    "other_browser",
    "other_issuer",
    "unusable",
    "no_tokens",
    "other_account",
    "account_unknown",
    "disconnected",
    "unavailable",
    "broken",
    "bad_next",
    "not_allowed",
    "cross_site",
    "no_page",
    "no_method",
]


@frozen(kw_only=True)
class ConnectProblem:
    """The texts of an error page. They are not escaped.

    Attributes:
        kind: The kind of problem, to choose texts in another language.
        status: The page's HTTP status.
        title: A few words.
        sentence: The event.
        advice: The next step.
        retry: The address of a link to try again, relative to the page; None if that cannot help.
    """

    kind: ConnectProblemKind
    status: int
    title: str
    sentence: str
    advice: str
    retry: str | None = "start"


PROBLEMS: dict[ConnectProblemKind, ConnectProblem] = {}
_BY_ERROR: dict[str, ConnectProblem] = {}
"""By the name of the error's class."""


def _read_problems() -> None:
    text = (files("katana_async.oauth.web") / "problems.toml").read_text(encoding="utf-8")
    for name, entry in tomllib.loads(text).items():
        kind = cast("ConnectProblemKind", name)
        errors = entry.pop("errors", ())
        retry = "start" if entry.pop("can_retry", True) else None
        PROBLEMS[kind] = ConnectProblem(kind=kind, retry=retry, **entry)
        _BY_ERROR.update(dict.fromkeys(errors, PROBLEMS[kind]))


_read_problems()


def find_problem(error: KatanaError) -> ConnectProblem:
    """Return the problem for an error: that of its class, or of the nearest base class."""
    names = [cls.__name__ for cls in type(error).__mro__]
    return next(_BY_ERROR[name] for name in names if name in _BY_ERROR)
