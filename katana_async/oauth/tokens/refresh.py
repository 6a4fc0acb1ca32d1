"""Decide what to do about a connection's tokens. No I/O: `refresher.py` acts on the decision.

Katana rotates refresh tokens, and one that is used twice ends the connection. So a process that is
about to use a refresh token announces it in the row (an intent). A process that finds another one's
intent leaves the token alone until `patience` is over, because the other one may still send it.
"""

import math
from enum import Enum

from attrs import evolve, frozen

from ...errors import TokenRequestFailed
from ...secrets import Secret
from ..records import ConnectionRecord, Status, TokenRefusal
from ..server.answers import OnlyRefreshToken, Tokens
from ..settings import RefreshTiming

NOT_ACCEPTED = "the authorization server does not accept its refresh token any more"
NOT_OFFLINE = "there is no refresh token: the scope offline_access was not granted"

_HOUR, _DAY = 3600.0, 86_400.0

# A refusal ends the connection after an hour if a person has to act; after a day if its code is not
# listed. An administrator can revert a mistake until then. The codes: RFC 6749, section 5.2; OpenID
# Connect Core, section 3.1.2.6; Auth0's mfa_required.
_HOURLY = frozenset(
    {"mfa_required", "mfa_enrollment_required", "consent_required", "interaction_required"}
    | {"login_required", "account_selection_required", "access_denied"}
)
# Faults of the app end no connection. `unauthorized_client` is one or not, so it has a day.
_NEVER = frozenset({"invalid_request", "invalid_scope", "unsupported_grant_type"})
_ENDS_AFTER = dict.fromkeys(_HOURLY, _HOUR) | dict.fromkeys(_NEVER, math.inf)
# Codes that do not concern the connection: requests to retry later, and a wrong client secret.
_NOT_OF_GRANT = frozenset(
    {"temporarily_unavailable", "server_error", "slow_down", "too_many_requests", "invalid_client"}
)


@frozen
class StoredTokens:
    """A connection's record as it is in its row, or will be."""

    record: ConnectionRecord
    version: int  # the row's newest version that this process has read or written
    read_at: float  # monotonic seconds of this process
    store_time: float  # the store's clock, read a little later
    issued_at: float  # monotonic seconds of the token request, or earlier
    # The fingerprint of the refresh token that was spent for them; None once they are stored.
    unsaved: str | None = None

    def to_store(self, local: float) -> float:
        """Convert a time of this process to the store's clock."""
        return self.store_time + (local - self.read_at)

    def is_usable(self, now: float, timing: RefreshTiming) -> bool:
        """Return whether the access token can still be sent, by the clock of this process."""
        life = self.record.life
        return life is None or now < self.issued_at + life - timing.send_margin(life)


def is_rollback(found: StoredTokens, seen: StoredTokens) -> bool:
    """Return whether a row is older than one that was seen, as after the restore of a backup."""
    # It is valid if the account was connected again, or refreshed, after the restore.
    new, old = found.record, seen.record
    return (
        new.birth == old.birth
        and found.version < seen.version
        and new.connected_at <= old.connected_at
        and (new.refreshed_at or 0.0) <= (old.refreshed_at or 0.0)
    )


class Step(Enum):
    """The next step for a connection's tokens."""

    USE = "use the row's access token"
    REFRESH = "use the refresh token"
    WAIT = "another process may be using the refresh token: read the row again soon"
    GIVE_UP = "a person must connect the account again"


def is_sendable(record: ConnectionRecord, now: float, timing: RefreshTiming) -> bool:
    """Return whether the access token can still be sent, by the store's clock."""
    life = record.life
    return life is None or record.issued_at + life - timing.send_margin(life) > now


def is_due(record: ConnectionRecord, now: float, timing: RefreshTiming) -> bool:
    """Return whether the access token should be refreshed: it expires soon, or has expired."""
    life = record.life
    return life is not None and record.issued_at + life - timing.refresh_ahead(life) <= now


def decide(
    record: ConnectionRecord,
    now: float,
    timing: RefreshTiming,
    *,
    rejected: Secret | None,  # an access token that the API rejected
    void: str | None = None,  # the attempt of an intent to ignore: it will not send the token
) -> Step:
    """Return the next step for a connection, at a time of the store's clock."""
    if record.standing is Status.REAUTHORIZE:
        return Step.GIVE_UP
    usable = record.access != rejected and is_sendable(record, now, timing)
    if usable and (not is_due(record, now, timing) or record.refresh is None):
        return Step.USE
    if record.refresh is None:
        return Step.GIVE_UP
    intent = record.intent
    if intent is not None and intent.token == record.refresh_fingerprint and intent.attempt != void:
        if usable:
            return Step.USE  # waiting costs nothing
        if now < intent.at + timing.patience:
            return Step.WAIT
    return Step.REFRESH


def reason_to_give_up(record: ConnectionRecord) -> str:
    return record.reason or (NOT_OFFLINE if record.refresh is None else NOT_ACCEPTED)


def with_refusal(
    record: ConnectionRecord, error: TokenRequestFailed, now: float
) -> ConnectionRecord:
    """Return the record with an error of the token endpoint, if it concerns the connection."""
    code, status, before = error.error, error.status or 0, record.refusal
    if code is None or code in _NOT_OF_GRANT or status == 429 or status >= 500:
        return record
    lasts = before is not None and (before.code == code or {before.code, code} <= _HOURLY)
    since = before.since if before is not None and lasts else now
    return evolve(record, refusal=TokenRefusal(code=code, message=str(error), since=since, at=now))


def needs_person(
    record: ConnectionRecord, now: float, timing: RefreshTiming, rejected: Secret | None
) -> bool:
    """Return whether refreshes have been refused for so long that a person must connect again."""
    # Never while the access token is valid: refreshes may be requested at any time. A token of
    # unknown lifetime has expired when it is rejected.
    refusal, is_rejected = record.refusal, record.life is None and record.access == rejected
    if refusal is None or (is_sendable(record, now, timing) and not is_rejected):
        return False
    return refusal.at - refusal.since >= _ENDS_AFTER.get(refusal.code, _DAY)


def is_same_grant(one: ConnectionRecord, other: ConnectionRecord) -> bool:
    """Return whether two records have the same refresh token, or the same token without one."""
    return one.refresh == other.refresh and (one.refresh is not None or one.access == other.access)


def with_answer(
    record: ConnectionRecord, tokens: Tokens | OnlyRefreshToken, requested_at: float
) -> ConnectionRecord:
    """Return the record with the tokens of an answer, requested at this time of the store."""
    if isinstance(tokens, OnlyRefreshToken):
        # The access token stays, if it is valid; the previous refresh token is spent.
        return evolve(record, refresh=tokens.refresh)
    return evolve(
        record,
        access=tokens.access,
        # A server that does not rotate leaves it out (RFC 6749, section 6).
        refresh=tokens.refresh or record.refresh,
        issued_at=requested_at,
        life=tokens.life,
        scopes=record.scopes if tokens.scopes is None else tokens.scopes,
        refreshed_at=requested_at,
        refusal=None,
    )


def with_tokens_of(record: ConnectionRecord, fresh: ConnectionRecord) -> ConnectionRecord:
    """Return a fresh record with the identity and the account of the record in the row."""
    return evolve(
        fresh, birth=record.birth, connected_at=record.connected_at, account=record.account
    )
