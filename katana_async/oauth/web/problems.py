"""The texts that a customer of the partner reads if connecting fails.

No page shows an error's message: it is for the log, and parts of it come from other servers.
"""

from typing import Literal

from attrs import evolve, frozen

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


_UNUSABLE = ConnectProblem(
    kind="unusable",
    status=400,
    title="This link does not work",
    sentence="Something is missing in the link that brought you here, so nothing was connected.",
    advice="Start again from here.",
)

_BROKEN = ConnectProblem(
    kind="broken",
    status=500,
    title="Something is wrong on our side",
    sentence="We could not connect your Katana account.",
    advice="Please contact our support. Trying again will not help until we have fixed it.",
    retry=None,
)

_UNAVAILABLE = ConnectProblem(
    kind="unavailable",
    status=503,
    title="We cannot save the connection right now",
    sentence="Our own service has a problem at the moment, so nothing was connected.",
    advice="Try again in a few minutes.",
)

_BY_ERROR: dict[type[BaseException], ConnectProblem] = {
    KatanaError: _BROKEN,
    CallbackError: _UNUSABLE,
    TokenStoreError: _UNAVAILABLE,
    KeyUnavailable: _UNAVAILABLE,
    AuthorizationDenied: ConnectProblem(
        kind="denied",
        status=403,
        title="Nothing was connected",
        sentence="You chose not to let us use your Katana account, so nothing was changed.",
        advice="If that was a mistake, try again and allow the connection.",
    ),
    AuthorizationFailed: ConnectProblem(
        kind="refused",
        status=502,
        title="Katana did not allow the connection",
        sentence="Katana turned our request down before your account was connected.",
        advice="Try again in a few minutes. If it happens again, please contact our support.",
    ),
    StateUnknown: ConnectProblem(
        kind="unknown",
        status=400,
        title="This link was used already",
        sentence="Each link back from Katana works once, and this one was used, or is too old.",
        advice="If your account is connected, there is nothing to do. Otherwise start again.",
    ),
    StateExpired: ConnectProblem(
        kind="expired",
        status=400,
        title="That took too long",
        sentence="There are only a few minutes to connect an account, and they had passed.",
        advice="Nothing was connected. Start again when you are ready.",
    ),
    OtherBrowser: ConnectProblem(
        kind="other_browser",
        status=400,
        title="Please begin again in this browser",
        sentence="This was begun in another browser or by another user, or this browser keeps no"
        " cookies for this site. To protect your account, nothing was connected.",
        advice="Start again here, and allow cookies. If you did not want to connect an account,"
        " close this page.",
    ),
    OtherIssuer: ConnectProblem(
        kind="other_issuer",
        status=400,
        title="The answer did not come from Katana",
        sentence="This request did not come from Katana, so nothing was connected.",
        advice="Start again from here. If it happens again, please contact our support.",
    ),
    TokenRequestFailed: ConnectProblem(
        kind="no_tokens",
        status=502,
        title="Katana did not finish the connection",
        sentence="You allowed it, but Katana did not give us access after that. Nothing was"
        " connected.",
        advice="Try again in a few minutes. If it happens again, please contact our support.",
    ),
    OtherAccount: ConnectProblem(
        kind="other_account",
        status=409,
        title="That is another Katana account",
        sentence="You chose another Katana account than the one that was connected here before."
        " Nothing was changed.",
        advice="Try again with the same account as before.",
    ),
    AccountUnknown: ConnectProblem(
        kind="account_unknown",
        status=502,
        title="Katana did not finish the connection",
        sentence="You allowed it, but Katana did not show which account it is for. Nothing was"
        " changed.",
        advice="Try again in a few minutes. If it happens again, please contact our support.",
    ),
    NotConnected: ConnectProblem(
        kind="disconnected",
        status=410,
        title="The account was disconnected",
        sentence="It was connected, and has been disconnected since.",
        advice="Start again to connect it once more.",
    ),
}


def find_problem(error: KatanaError) -> ConnectProblem:
    """Return the texts for an error."""
    return next(_BY_ERROR[cls] for cls in type(error).__mro__ if cls in _BY_ERROR)


BAD_NEXT = evolve(
    _UNUSABLE,
    kind="bad_next",
    sentence="It would lead away from this site afterwards, so we did not follow it.",
    advice="Connect your account from here instead.",
)

NOT_ALLOWED = ConnectProblem(
    kind="not_allowed",
    status=403,
    title="Please sign in first",
    sentence="You are not signed in, or your account here may not connect a Katana account.",
    advice="Sign in, and open this page again.",
    retry=None,
)

CROSS_SITE = ConnectProblem(
    kind="cross_site",
    status=403,
    title="Do you want to connect Katana?",
    sentence="Another site sent you here, so nothing was begun yet.",
    advice="If you want to connect your Katana account, start here. Otherwise close this page.",
)

NO_PAGE = ConnectProblem(
    kind="no_page",
    status=404,
    title="There is no such page",
    sentence="The address may be misspelt.",
    advice="Go back to where you came from, and try again.",
    retry=None,
)

NO_METHOD = ConnectProblem(
    kind="no_method",
    status=405,
    title="This page can only be looked at",
    sentence="It takes nothing that is sent to it.",
    advice="Start connecting your Katana account from here.",
)
