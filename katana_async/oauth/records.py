"""What a stored row says, and how it is written. No I/O, and no encryption: see `vault.py`.

Times in rows are the store's: seconds since the epoch by its clock, the same for every process.
"""

import secrets
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from attrs import asdict, frozen

from ..errors import UnsealError
from ..secrets import Secret, fingerprint

FORMAT = 1


class Standing(StrEnum):
    """Whether a connection works."""

    CONNECTED = "connected"
    REAUTHORIZE = "reauthorize"


@frozen(kw_only=True)
class Account:
    """Whose account a connection is for, as far as Katana says.

    Attributes:
        company: The name of the company (GET /factory).
        legal_name: Its legal name.
        user_id: The user that connected it (GET /user_info).
        email: That user's address.
        factory_id: The account's id, which stays when the company is renamed (GET /factory).
    """

    company: str | None = None
    legal_name: str | None = None
    user_id: int | None = None
    email: str | None = None
    factory_id: int | None = None

    @property
    def name(self) -> str | None:
        """What to call the account in a list."""
        return self.company or self.legal_name or self.email

    def is_same_as(self, later: "Account") -> bool | None:
        """Return whether a later reading is of this account; None when it lacks what would show it.

        The factory's id decides where both have one. Otherwise every other difference counts.
        """
        ours, theirs = (
            (each.factory_id, each.company, each.user_id, each.legal_name) for each in (self, later)
        )
        if self.factory_id is not None and later.factory_id is not None:
            return self.factory_id == later.factory_id
        pairs = list(zip(ours, theirs, strict=True))
        if any(None not in pair and pair[0] != pair[1] for pair in pairs):
            return False
        # A company may have no legal name; all else is missing only where it could not be read.
        unread = any(before is not None and now is None for before, now in pairs[:3])
        return None if unread else True

    def may_share_user(self, other: "Account") -> bool:
        """Return whether one person may have connected both, as far as that is known."""
        pairs = ((self.user_id, other.user_id), (_folded(self.email), _folded(other.email)))
        known = [pair for pair in pairs if None not in pair]
        return not known or any(one == another for one, another in known)

    def completed_by(self, other: "Account | None") -> "Account":
        """Return this account with the other's values where this one has none."""
        if other is None:
            return self
        return Account(
            **{
                name: theirs if (ours := getattr(self, name)) is None else ours
                for name, theirs in asdict(other).items()
            }
        )


def _folded(email: str | None) -> str | None:
    return None if email is None else email.casefold()


@frozen(kw_only=True)
class Intent:
    """Someone is about to use a refresh token, or did and has no answer.

    Attributes:
        token: The refresh token's fingerprint.
        attempt: Who: a name of its own for each attempt.
        at: When.
    """

    token: str
    attempt: str
    at: float


@frozen(kw_only=True)
class Refusal:
    """What the token endpoint answers instead of tokens, refresh after refresh.

    Attributes:
        code: OAuth's error code.
        message: What the error says.
        since: When it answered so first.
        at: When it answered so last.
    """

    code: str
    message: str
    since: float
    at: float


@frozen(kw_only=True)
class ConnectionRecord:
    """One connection.

    Attributes:
        birth: A name that no other connection had, not even an earlier one with the same id.
        standing: Whether it works.
        reason: Why it does not.
        access: The access token.
        refresh: The refresh token; None when the server gave none.
        issued_at: When the access token was asked for.
        life: Seconds that the access token lives from then; None when that is not known.
        scopes: What the tokens may do.
        account: Whose it is; None when that could not be read.
        connected_at: When a person connected it last.
        refreshed_at: When it was refreshed last.
        intent: A refresh that is going on, or of which nothing is known.
        refusal: Why refreshes fail; None when the last one that was answered brought tokens.
    """

    birth: str
    standing: Standing = Standing.CONNECTED
    reason: str | None = None
    access: Secret
    refresh: Secret | None
    issued_at: float
    life: float | None
    scopes: tuple[str, ...]
    account: Account | None
    connected_at: float
    refreshed_at: float | None = None
    intent: Intent | None = None
    refusal: Refusal | None = None

    @property
    def expires_at(self) -> float | None:
        """When the access token ends."""
        return None if self.life is None else self.issued_at + self.life

    @property
    def refresh_name(self) -> str | None:
        """The refresh token's fingerprint."""
        return None if self.refresh is None else name_of(self.refresh)

    @property
    def revocable(self) -> tuple[Secret, str]:
        """The token to revoke, which takes the others with it, and its kind (RFC 7009)."""
        if self.refresh is None:
            return self.access, "access_token"
        return self.refresh, "refresh_token"


class Stage(StrEnum):
    """How far an authorization is."""

    PENDING = "pending"
    EXCHANGING = "exchanging"
    DONE = "done"
    FAILED = "failed"


@frozen(kw_only=True)
class PendingRecord:
    """One authorization that was begun.

    Attributes:
        stage: How far it is.
        session: The fingerprint of the browser session that began it.
        verifier: The PKCE code verifier; None without PKCE.
        connection_id: What it makes or mends, where the caller says; else it gets a new id.
        return_to: Where the person goes afterwards.
        any_account: Whether it may mend a connection with another account's tokens.
        began_at: When it was begun.
        code: The fingerprint of the code that came back.
        claimed_at: When the code began to be exchanged.
        outcome: The id of the connection when it is done; the name of the error when it failed.
        message: What the error says.
        error: The OAuth error code, where there is one.
        previous_account: Whose account the connection was for, where it was another.
    """

    stage: Stage
    session: str
    verifier: Secret | None
    connection_id: str | None
    return_to: str | None
    any_account: bool
    began_at: float
    code: str | None = None
    claimed_at: float | None = None
    outcome: str | None = None
    message: str | None = None
    error: str | None = None
    previous_account: Account | None = None


def name_of(token: Secret) -> str:
    """Return the fingerprint by which a token, code, state or session is named in rows."""
    return fingerprint(token, "oauth")


def new_name() -> str:
    """Return a name that no one else has."""
    return secrets.token_hex(8)


R = TypeVar("R", ConnectionRecord, PendingRecord)


def write_record(record: ConnectionRecord | PendingRecord) -> bytes:
    """Return a record as bytes, its secrets in them."""
    return msgspec.json.encode({"format": FORMAT, "record": record}, enc_hook=_reveal)


def read_record(data: bytes, kind: type[R]) -> R | UnsealError:
    """Return the record in a row that was opened, or the error to raise.

    Returned and not raised, since this frame has the tokens.
    """
    try:
        envelope = msgspec.json.decode(data, type=dict[str, Any])
        if envelope.get("format") != FORMAT:
            return UnsealError(
                "the row was written by another version of katana_async: update this one"
            )
        return msgspec.convert(envelope.get("record"), kind, dec_hook=_conceal)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    return UnsealError("the row opens, but holds something else than katana_async writes")


def _reveal(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(type(value).__name__)


def _conceal(kind: type[Any], value: object) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError(kind.__name__)
