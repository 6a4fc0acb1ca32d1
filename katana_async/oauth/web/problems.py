"""What is said to a customer of the partner's when connecting fails, in their words.

Nothing of an error's message is shown: it is for the log, and parts of it are others' words.
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

Kind = Literal[
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
class Problem:
    """What an error page says. All of it is text, to be escaped.

    Attributes:
        kind: What went wrong; for pages in other languages.
        status: The HTTP status that the page goes out with.
        title: In a few words.
        sentence: What happened.
        advice: What to do about it.
        retry: The address of a link to try again, relative to the page's; None where that would
            not help.
    """

    kind: Kind
    status: int
    title: str
    sentence: str
    advice: str
    retry: str | None = "start"


_UNUSABLE = Problem(
    kind="unusable",
    status=400,
    title="This link does not work",
    sentence="Something is missing in the link that brought you here, so nothing was connected.",
    advice="Start again from here.",
)

_BROKEN = Problem(
    kind="broken",
    status=500,
    title="Something is wrong on our side",
    sentence="We could not connect your Katana account.",
    advice="Please let our support know. Trying again will hardly help before we have mended it.",
    retry=None,
)

_UNAVAILABLE = Problem(
    kind="unavailable",
    status=503,
    title="We cannot save the connection right now",
    sentence="Our own service has a problem at the moment, so nothing was connected.",
    advice="Try again in a few minutes.",
)

_OF: dict[type[BaseException], Problem] = {
    KatanaError: _BROKEN,
    CallbackError: _UNUSABLE,
    TokenStoreError: _UNAVAILABLE,
    KeyUnavailable: _UNAVAILABLE,
    AuthorizationDenied: Problem(
        kind="denied",
        status=403,
        title="Nothing was connected",
        sentence="You chose not to let us use your Katana account, so nothing was changed.",
        advice="If that was a mistake, try again and allow the connection.",
    ),
    AuthorizationFailed: Problem(
        kind="refused",
        status=502,
        title="Katana did not allow the connection",
        sentence="Katana turned our request down before your account was connected.",
        advice="Try again in a few minutes. If it happens again, please let our support know.",
    ),
    StateUnknown: Problem(
        kind="unknown",
        status=400,
        title="This link was used already",
        sentence="Each link back from Katana works once, and this one was used, or is too old.",
        advice="If your account is connected, there is nothing to do. Otherwise start again.",
    ),
    StateExpired: Problem(
        kind="expired",
        status=400,
        title="That took too long",
        sentence="There are only a few minutes to connect an account, and they had passed.",
        advice="Nothing was connected. Start again when you are ready.",
    ),
    OtherBrowser: Problem(
        kind="other_browser",
        status=400,
        title="Please begin again in this browser",
        sentence="This was begun in another browser or by another user, or this browser keeps no"
        " cookies for this site. To protect your account, nothing was connected.",
        advice="Start again here, and allow cookies. If you did not want to connect an account,"
        " close this page.",
    ),
    OtherIssuer: Problem(
        kind="other_issuer",
        status=400,
        title="The answer did not come from Katana",
        sentence="Somebody else than Katana sent you here, so nothing was connected.",
        advice="Start again from here. If it happens again, please let our support know.",
    ),
    TokenRequestFailed: Problem(
        kind="no_tokens",
        status=502,
        title="Katana did not finish the connection",
        sentence="You allowed it, but Katana did not give us access after that. Nothing was"
        " connected.",
        advice="Try again in a few minutes. If it happens again, please let our support know.",
    ),
    OtherAccount: Problem(
        kind="other_account",
        status=409,
        title="That is another Katana account",
        sentence="You chose another Katana account than the one that was connected here before."
        " Nothing was changed.",
        advice="Try again with the same account as before.",
    ),
    AccountUnknown: Problem(
        kind="account_unknown",
        status=502,
        title="Katana did not finish the connection",
        sentence="You allowed it, but Katana did not show which account it is for. Nothing was"
        " changed.",
        advice="Try again in a few minutes. If it happens again, please let our support know.",
    ),
    NotConnected: Problem(
        kind="disconnected",
        status=410,
        title="The account was disconnected",
        sentence="It was connected, and has been disconnected since.",
        advice="Start again to connect it once more.",
    ),
}


def problem_of(error: KatanaError) -> Problem:
    """Return what to say about an error."""
    return next(_OF[cls] for cls in type(error).__mro__ if cls in _OF)


BAD_NEXT = evolve(
    _UNUSABLE,
    kind="bad_next",
    sentence="It would lead away from this site afterwards, so we did not follow it.",
    advice="Connect your account from here instead.",
)

NOT_ALLOWED = Problem(
    kind="not_allowed",
    status=403,
    title="Please sign in first",
    sentence="You are not signed in, or your account here may not connect a Katana account.",
    advice="Sign in, and open this page again.",
    retry=None,
)

CROSS_SITE = Problem(
    kind="cross_site",
    status=403,
    title="Do you want to connect Katana?",
    sentence="Another site sent you here, so nothing was begun yet.",
    advice="If you want to connect your Katana account, start here. Otherwise close this page.",
)

NO_PAGE = Problem(
    kind="no_page",
    status=404,
    title="There is no such page",
    sentence="The address may be misspelt.",
    advice="Go back to where you came from, and try again.",
    retry=None,
)

NO_METHOD = Problem(
    kind="no_method",
    status=405,
    title="This page can only be looked at",
    sentence="It takes nothing that is sent to it.",
    advice="Start connecting your Katana account from here.",
)
