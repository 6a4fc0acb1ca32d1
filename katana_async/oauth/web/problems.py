"""The problems that a customer of the partner reads about if connecting fails.

No page shows an error's message: it is for the log, and parts of it come from other servers.
"""

import tomllib
from importlib.resources import files
from typing import Any, Literal, cast

from attrs import frozen

from ...errors import (
    AccountUnknown,
    AuthorizationDenied,
    AuthorizationFailed,
    CallbackError,
    KatanaError,
    KeyUnavailable,
    NotConnected,
    OtherAccount,
    OtherBrowser,
    OtherIssuer,
    StateExpired,
    StateUnknown,
    TokenRequestFailed,
    TokenStoreError,
)

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


def _read_problems() -> dict[ConnectProblemKind, ConnectProblem]:
    text = (files("katana_async.oauth.web") / "problems.toml").read_text(encoding="utf-8")
    problems: dict[ConnectProblemKind, ConnectProblem] = {}
    for name, texts in tomllib.loads(text).items():
        kind = cast("ConnectProblemKind", name)
        retry = "start" if texts.pop("can_retry", True) else None
        problems[kind] = ConnectProblem(kind=kind, retry=retry, **texts)
    return problems


PROBLEMS = _read_problems()

_KINDS: dict[type[Any], ConnectProblemKind] = {
    KatanaError: "broken",
    CallbackError: "unusable",
    AuthorizationDenied: "denied",
    AuthorizationFailed: "refused",
    StateUnknown: "unknown",
    StateExpired: "expired",
    OtherBrowser: "other_browser",
    OtherIssuer: "other_issuer",
    TokenRequestFailed: "no_tokens",
    OtherAccount: "other_account",
    AccountUnknown: "account_unknown",
    NotConnected: "disconnected",
    TokenStoreError: "unavailable",
    KeyUnavailable: "unavailable",
}


def find_problem(error: KatanaError) -> ConnectProblem:
    """Return the problem for an error."""
    known = next(cls for cls in type(error).__mro__ if cls in _KINDS)
    return PROBLEMS[_KINDS[known]]
