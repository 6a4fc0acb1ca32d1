"""The contents of stored rows, and their encoding. No I/O and no encryption: see `sealed_rows.py`.

Times in rows are the store's: seconds since the epoch by its clock, the same for every process.
The names of classes' fields and the values of enumerations are the format of stored rows.
"""

import secrets
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from attrs import asdict, evolve, frozen

from ..errors import UnsealError
from ..secrets import Secret, fingerprint

FORMAT = 1


class Status(StrEnum):
    """Whether a connection can be used. Rows store only `connected` and `reauthorize`."""

    CONNECTED = "connected"
    """It can be used."""
    FAILING = "failing"
    """Its refreshes are refused, and tried again: see `Connection.error`."""
    REAUTHORIZE = "reauthorize"
    """A person must connect the account again."""
    UNREADABLE = "unreadable"
    """Its row does not open, or its key is not available now: see `Connection.reason`."""


@frozen(kw_only=True)
class Account:
    """The Katana account of a connection. A field is None if Katana did not show it.

    Attributes:
        company: The name of the company (GET /factory).
        user_id: The user that connected it (GET /user_info).
        email: That user's email address.
        factory_id: The account's id, which stays when the company is renamed (GET /factory).
    """

    company: str | None = None
    legal_name: str | None = None
    user_id: int | None = None
    email: str | None = None
    factory_id: int | None = None

    @property
    def name(self) -> str | None:
        """The company's name, else its legal name, else the user's email address; or None."""
        return self.company or self.legal_name or self.email

    def is_same_as(self, later: "Account") -> bool | None:
        """Return whether `later` is the same account; None if too many of its fields are missing.

        If both have a `factory_id`, it decides. Otherwise, a different company, user or legal name
        means another account.
        """
        if self.factory_id is not None and later.factory_id is not None:
            return self.factory_id == later.factory_id
        names = ("factory_id", "company", "user_id", "legal_name")
        pairs = [(getattr(self, name), getattr(later, name)) for name in names]
        if any(None not in pair and pair[0] != pair[1] for pair in pairs):
            return False
        # A company may have no legal name; everything else is missing only if it could not be read.
        is_incomplete = any(before is not None and now is None for before, now in pairs[:3])
        return None if is_incomplete else True

    def may_share_user(self, other: "Account") -> bool:
        """Return whether one person may have connected both accounts."""
        pairs = (
            (self.user_id, other.user_id),
            (self.email and self.email.casefold(), other.email and other.email.casefold()),
        )
        known = [pair for pair in pairs if None not in pair]
        return not known or any(one == another for one, another in known)

    def completed_by(self, other: "Account | None") -> "Account":
        """Return this account with the other's values where this one has none."""
        values = {name: value for name, value in asdict(self).items() if value is not None}
        return self if other is None else evolve(other, **values)

    @property
    def known(self) -> "Account | None":
        """This account; None if all its fields are None."""
        return None if self == Account() else self


@frozen(kw_only=True)
class Intent:
    """The announcement of a process that it is about to use a refresh token.

    It stays in the row while the outcome of that use is unknown.
    """

    token: str  # the refresh token's fingerprint
    attempt: str  # a new id for each attempt
    at: float


@frozen(kw_only=True)
class TokenRefusal:
    """An error of the token endpoint, with the times of the first and the last refused refresh."""

    code: str
    message: str
    since: float
    at: float


@frozen(kw_only=True)
class ConnectionRecord:
    """A connection as it is stored."""

    birth: str  # an id that no other connection has, not even an earlier one with the same name
    standing: Status = Status.CONNECTED
    reason: str | None = None  # why a person must connect the account again
    access: Secret
    refresh: Secret | None
    issued_at: float  # the time at which the access token was requested
    life: float | None  # of the access token, in seconds; None if unknown
    scopes: tuple[str, ...]
    account: Account | None  # None if Katana did not show it
    connected_at: float
    refreshed_at: float | None = None
    intent: Intent | None = None  # the refresh that is in progress, or whose outcome is unknown
    refusal: TokenRefusal | None = None  # None if the last answer contained tokens

    @property
    def expires_at(self) -> float | None:
        return None if self.life is None else self.issued_at + self.life

    @property
    def refresh_fingerprint(self) -> str | None:
        return None if self.refresh is None else fingerprint_of(self.refresh)


class Stage(StrEnum):
    """The progress of an authorization."""

    PENDING = "pending"
    EXCHANGING = "exchanging"
    DONE = "done"
    FAILED = "failed"


@frozen(kw_only=True)
class PendingRecord:
    """An authorization as it is stored, from `begin` on."""

    stage: Stage
    session: str  # the fingerprint of the browser session that began it
    verifier: Secret | None  # of PKCE; None once the callback has arrived
    connection_id: str | None  # the connection to make or to connect again; None for a new id
    return_to: str | None
    any_account: bool
    began_at: float
    code: str | None = None  # the fingerprint of the code that came back
    claimed_at: float | None = None  # the time from which one process exchanges the code
    outcome: str | None = None  # the connection's id, or the name of the error's class
    message: str | None = None
    error: str | None = None  # the OAuth error code, if there is one
    previous_account: Account | None = None


def fingerprint_of(secret: Secret) -> str:
    """Return the fingerprint that stands for a token, code, state or browser session in rows."""
    return fingerprint(secret, "oauth")


def make_id() -> str:
    return secrets.token_hex(8)


R = TypeVar("R", ConnectionRecord, PendingRecord)


def write_record(record: ConnectionRecord | PendingRecord) -> bytes:
    return msgspec.json.encode({"format": FORMAT, "record": record}, enc_hook=_reveal)


def read_record(data: bytes, kind: type[R]) -> R | UnsealError:
    """Decode the record of an opened row, or return the error to raise: this frame has tokens."""
    try:
        envelope = msgspec.json.decode(data, type=dict[str, Any])
        if envelope.get("format") == FORMAT:
            return msgspec.convert(envelope.get("record"), kind, dec_hook=_conceal)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return UnsealError("the row opens, but katana_async did not write its contents")
    return UnsealError("the row was written by another version of katana_async: update this one")


def _reveal(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(type(value).__name__)


def _conceal(kind: type[Any], value: object) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError(kind.__name__)
