"""What to do about the tokens of a connection. No I/O: `keeper.py` asks, this decides.

The refresh tokens of Katana rotate, and one that is used twice ends the connection. So whoever is
about to use one says so in the row first (an intent), and whoever finds an intent that is not its
own leaves that token alone until `patience` is over, whatever became of the other.
"""

import math
from collections.abc import Collection
from enum import Enum

from attrs import evolve, frozen

from ...errors import TokenRequestFailed
from ...secrets import Secret
from ..records import ConnectionRecord, Refusal, Standing, name_of
from ..server.answers import OnlyRefreshToken
from ..server.forms import Tokens

GRACE = 0.25
"""How much longer than its timeout an answer is waited for, as a share of it."""

NOT_ACCEPTED = "the authorization server does not accept its refresh token any more"
NOT_OFFLINE = "there is no refresh token: the scope offline_access was not granted"

_TOO_MANY, _SERVER_FAILED = 429, 500
_HOUR, _DAY = 3600.0, 86_400.0

# For how long refusals last before a person has to connect the account again; a day where the code
# is not here. What was changed by mistake can be changed back. The codes: RFC 6749, section 5.2;
# OpenID Connect Core, section 3.1.2.6; Auth0's mfa_required.
_LASTS = {
    "mfa_required": _HOUR,
    "mfa_enrollment_required": _HOUR,
    "consent_required": _HOUR,
    "interaction_required": _HOUR,
    "login_required": _HOUR,
    "account_selection_required": _HOUR,
    "access_denied": _HOUR,
    # The app's own faults end nothing. (`unauthorized_client` may be one, or not: as any other.)
    "invalid_request": math.inf,
    "invalid_scope": math.inf,
    "unsupported_grant_type": math.inf,
}
_HOURLY = frozenset(code for code, lasts in _LASTS.items() if lasts == _HOUR)
# Codes that ask to come again, whatever the status; and what is wrong with this process's secret.
_NOT_OF_GRANT = frozenset(
    {"temporarily_unavailable", "server_error", "slow_down", "too_many_requests", "invalid_client"}
)


@frozen(kw_only=True)
class Timing:
    """How refreshing is timed. Seconds, all of them.

    Attributes:
        leeway: How long before its end an access token is refreshed; at most a quarter of its life.
        patience: For how long a refresh token that someone said to use is left alone, if nothing
            more is heard: this long, and until the access token ends. Longer than any process is
            ever stopped in the middle of a refresh. Where the server lets the previous refresh
            token be used once more for a while (Auth0: rotation overlap period), less than that.
        lease: How long one process has a connection to itself while it refreshes.
        timeout: How long one answer of the token endpoint may take.
        recheck: How often the row is looked at while the access token lives, so that what other
            processes do (disconnecting, say) is noticed.
    """

    leeway: float = 300.0
    patience: float = 90.0
    lease: float = 30.0
    timeout: float = 15.0
    recheck: float = 60.0

    def __attrs_post_init__(self) -> None:
        for name in ("leeway", "patience", "lease", "timeout", "recheck"):
            value: object = getattr(self, name)
            if not isinstance(value, int | float) or not value > 0:
                raise ValueError(f"{name} must be above 0 seconds, not {value!r}")
        if not self.answer < self.lease < self.patience:
            raise ValueError(
                "timeout * 1.25 < lease < patience must hold: a lease covers one answer of the"
                " token endpoint, and patience a process that is stopped for longer than its lease"
                f" (timeout={self.timeout:g}, lease={self.lease:g}, patience={self.patience:g})"
            )

    @property
    def answer(self) -> float:
        """The longest that one answer of the token endpoint can take."""
        return self.timeout * (1 + GRACE)

    @property
    def last_call(self) -> float:
        """How long one who takes over from somebody who was not heard of waits for them yet.

        They may have fresh tokens that their store did not take until now. So long that an attempt
        which hung when the store came back can fail, and another one can follow.
        """
        return min(8.0, (self.lease - self.answer) * 2 / 3)

    @property
    def again(self) -> float:
        """How often tokens that the store does not take are offered to it: within `last_call`."""
        return min(1.0, self.last_call / 6)

    def ahead(self, life: float) -> float:
        """Return how long before its end a token of this life is refreshed."""
        return min(self.leeway, life / 4)

    def margin(self, life: float) -> float:
        """Return how long before its end a token is no longer sent: a request takes a while."""
        return min(5.0, life / 20)

    def young(self, life: float | None) -> float:
        """Return the age below which a token that was refused is not refreshed once more.

        A server that refuses a brand-new token would refuse the next one too, and each refresh
        costs.
        """
        return 30.0 if life is None else min(30.0, life / 2)


class Step(Enum):
    """What to do next."""

    ADOPT = "adopt"
    """Use the row's access token."""

    ASK = "ask"
    """Use the refresh token."""

    WAIT = "wait"
    """Someone else may be using it: read the row again soon."""

    GIVE_UP = "give up"
    """A person has to connect the account again."""


@frozen
class Decision:
    """What to do about a connection, and why.

    Attributes:
        step: What.
        reason: Why a person is needed.
        seconds: For how long to wait at most.
    """

    step: Step
    reason: str | None = None
    seconds: float = 0.0


def lives(record: ConnectionRecord, now: float, timing: Timing) -> bool:
    """Return whether the access token can still be sent."""
    if record.life is None:
        return True
    return record.issued_at + record.life - timing.margin(record.life) > now


def due(record: ConnectionRecord, now: float, timing: Timing) -> bool:
    """Return whether the access token should be refreshed: it ends soon, or has ended."""
    if record.life is None:
        return False
    return record.issued_at + record.life - timing.ahead(record.life) <= now


def decide(
    record: ConnectionRecord,
    now: float,
    timing: Timing,
    *,
    refused: Secret | None,
    void: Collection[str | None] = (),
) -> Decision:
    """Return what to do.

    Args:
        record: What the row says.
        now: The store's clock.
        timing: The settings.
        refused: The access token that the API refused, if that is why.
        void: Attempts whose intents bind nobody any more: they certainly sent nothing, or can yield
            nothing more.
    """
    if record.standing is Standing.REAUTHORIZE:
        return Decision(Step.GIVE_UP, record.reason)
    usable = record.access != refused and lives(record, now, timing)
    if usable and (not due(record, now, timing) or record.refresh is None):
        return Decision(Step.ADOPT)
    if record.refresh is None:
        return Decision(Step.GIVE_UP, NOT_OFFLINE)
    intent = record.intent
    if (
        intent is not None
        and intent.token == name_of(record.refresh)
        and intent.attempt not in void
    ):
        if usable:
            return Decision(Step.ADOPT)  # waiting costs nothing
        left = intent.at + timing.patience - now
        if left > 0:
            return Decision(Step.WAIT, seconds=left)
    return Decision(Step.ASK)


def with_refusal(
    record: ConnectionRecord, error: TokenRequestFailed, now: float
) -> ConnectionRecord:
    """Return a record with what the token endpoint refused, if that is of this connection."""
    code, status, before = error.error, error.status or 0, record.refusal
    if code is None or code in _NOT_OF_GRANT or status == _TOO_MANY or status >= _SERVER_FAILED:
        return record
    lasts = before is not None and (before.code == code or {before.code, code} <= _HOURLY)
    since = before.since if before is not None and lasts else now
    return evolve(record, refusal=Refusal(code=code, message=str(error), since=since, at=now))


def needs_person(
    record: ConnectionRecord, now: float, timing: Timing, refused: Secret | None
) -> bool:
    """Return whether refreshes were refused for so long, and for a reason, that it is over.

    While the access token lives it is not: a refresh may be asked for (`refused`) at any time. One
    of unknown life has ended when it is refused.
    """
    refusal = record.refusal
    ended = record.access == refused if record.life is None else not lives(record, now, timing)
    if refusal is None or not ended:
        return False
    return refusal.at - refusal.since >= _LASTS.get(refusal.code, _DAY)


def same_grant(one: ConnectionRecord, other: ConnectionRecord) -> bool:
    """Return whether two records have the same tokens to go on with."""
    if one.refresh is None:
        return other.refresh is None and one.access == other.access
    return one.refresh_name == other.refresh_name


def refreshed(
    record: ConnectionRecord, tokens: Tokens | OnlyRefreshToken, asked_at: float
) -> ConnectionRecord:
    """Return a record with the tokens of an answer that was asked for at a time of the store's."""
    if isinstance(tokens, OnlyRefreshToken):
        # The access token stays, if it lives; the refresh token before this one is spent.
        return evolve(record, refresh=tokens.refresh)
    return evolve(
        record,
        access=tokens.access,
        # A server that does not rotate leaves it out (RFC 6749, section 6).
        refresh=tokens.refresh or record.refresh,
        issued_at=asked_at,
        life=tokens.life,
        scopes=record.scopes if tokens.scopes is None else tokens.scopes,
        refreshed_at=asked_at,
        refusal=None,
    )


def with_tokens_of(record: ConnectionRecord, fresh: ConnectionRecord) -> ConnectionRecord:
    """Return a record with another one's tokens, of which nothing is unknown any more."""
    return evolve(
        record,
        standing=Standing.CONNECTED,
        reason=None,
        access=fresh.access,
        refresh=fresh.refresh,
        issued_at=fresh.issued_at,
        life=fresh.life,
        scopes=fresh.scopes,
        refreshed_at=fresh.refreshed_at,
        intent=None,
        refusal=fresh.refusal,
    )
